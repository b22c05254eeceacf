"""Goods that come back, as they are stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.inspecting import Finding, Inspection
from services.inventory.tables.returns import InspectionRow
from services.inventory.tables.rows import Row
from shared.db.bulk import BulkStatement, insertion


class ExpectedReturn(NamedTuple):
    """Word of a case on goods that come back; what it does not say stays as it was said."""

    case_id: str
    store_id: str
    order_id: str
    kind: str
    lines: str
    warehouse_id: str | None
    courier: str | None
    waybill: str | None
    agreed_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None


_PUT = BulkStatement(
    text("""
        INSERT INTO expected_returns (case_id, store_id, order_id, kind, lines, warehouse_id,
                                      courier, waybill, agreed_at, sent_at, closed_at)
        SELECT DISTINCT ON (case_id) case_id, store_id, order_id, kind, lines::jsonb, warehouse_id,
               courier, waybill, agreed_at, sent_at, closed_at
        FROM unnest(CAST(:case_id AS text[]), CAST(:store_id AS text[]), CAST(:order_id AS text[]),
                    CAST(:kind AS text[]), CAST(:lines AS text[]), CAST(:warehouse_id AS text[]),
                    CAST(:courier AS text[]), CAST(:waybill AS text[]),
                    CAST(:agreed_at AS timestamptz[]), CAST(:sent_at AS timestamptz[]),
                    CAST(:closed_at AS timestamptz[]))
             WITH ORDINALITY AS v (case_id, store_id, order_id, kind, lines, warehouse_id, courier,
                                   waybill, agreed_at, sent_at, closed_at, place)
        ORDER BY case_id, place DESC
        ON CONFLICT (case_id) DO UPDATE
        SET warehouse_id = coalesce(excluded.warehouse_id, expected_returns.warehouse_id),
            courier = coalesce(excluded.courier, expected_returns.courier),
            waybill = coalesce(excluded.waybill, expected_returns.waybill),
            sent_at = coalesce(excluded.sent_at, expected_returns.sent_at),
            closed_at = coalesce(excluded.closed_at, expected_returns.closed_at),
            lines = excluded.lines
    """),
    ExpectedReturn._fields,
)
_EXPECTED = text("""
    SELECT * FROM expected_returns
    WHERE inspected_at IS NULL AND closed_at IS NULL
      AND (CAST(:stores AS text[]) IS NULL OR store_id = ANY(CAST(:stores AS text[])))
    ORDER BY coalesce(sent_at, agreed_at), case_id LIMIT :most
""")
_CASE = text("SELECT * FROM expected_returns WHERE case_id = :case_id FOR UPDATE")
_DONE = text("UPDATE expected_returns SET inspected_at = :at WHERE case_id = :case_id")
_CLAIM = text("SELECT pg_advisory_xact_lock(hashtextextended('inspection ' || :name, 0))")
_KNOWN = text("""
    SELECT * FROM inspections WHERE store_id = :store_id AND external_id = :external_id
""")
_COLUMNS = (
    "inspection_id", "store_id", "external_id", "order_id", "case_id", "warehouse_id", "waybill",
    "lines", "is_intact", "inspected_by", "inspected_at",
)  # fmt: skip
_INSERT = insertion(Row.metadata.tables[InspectionRow.__tablename__], _COLUMNS)


async def put_expected(session: AsyncSession, expected: Sequence[ExpectedReturn]) -> None:
    """Note goods that come back; of several words on one case the last counts."""
    await _PUT.run(session, expected)


async def list_expected(
    session: AsyncSession, stores: Sequence[str] | None, *, most: int
) -> Sequence[RowMapping]:
    """Return what is expected back and was not inspected yet, the longest waiting first."""
    values = {"stores": None if stores is None else list(stores), "most": most}
    return (await session.execute(_EXPECTED, values)).mappings().all()


async def lock_expected(session: AsyncSession, case_id: str) -> RowMapping | None:
    """Lock what is expected of a case, None if nothing is."""
    return (await session.execute(_CASE, {"case_id": case_id})).mappings().one_or_none()


async def note_inspected(session: AsyncSession, case_id: str, at: datetime) -> None:
    """Note that the goods of a case came and were inspected."""
    await session.execute(_DONE, {"case_id": case_id, "at": at})


async def claim_inspection(
    session: AsyncSession, store_id: str, external_id: str
) -> Inspection | None:
    """Let nobody else tell this inspection meanwhile; return it if it is known."""
    await session.execute(_CLAIM, {"name": f"{store_id}\n{external_id}"})
    values = {"store_id": store_id, "external_id": external_id}
    row = (await session.execute(_KNOWN, values)).mappings().one_or_none()
    return None if row is None else inspection_of(row)


async def insert_inspection(session: AsyncSession, inspection: Inspection) -> None:
    """Store an inspection."""
    values: list[Any] = list(inspection)
    values[7] = msgspec.json.encode(inspection.lines).decode()
    await _INSERT.run(session, [values])


def inspection_of(row: RowMapping) -> Inspection:
    """Return the inspection of a row."""
    values = {name: row[name] for name in _COLUMNS}
    return Inspection(**values | {"lines": [Finding(**line) for line in row["lines"]]})
