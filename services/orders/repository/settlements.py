"""Settlements as they are stored, and what the orders of their days are expected to bring."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.settling import Bill, Owed, Settled
from services.orders.tables.orders import UNSETTLED
from services.orders.tables.rows import Row
from services.orders.tables.settlements import SettlementLineRow, SettlementRow
from shared.db.bulk import insertion, updating

_tables = Row.metadata.tables
_LOCK_STORES = text("""
    SELECT pg_advisory_xact_lock(hashtextextended('settlements of ' || store_id, 0))
    FROM (SELECT DISTINCT unnest(CAST(:stores AS text[])) AS store_id ORDER BY 1) AS wanted
""")
_KNOWN = text("""
    SELECT settlements.* FROM settlements
    JOIN unnest(CAST(:stores AS text[]), CAST(:external_ids AS text[]))
         AS wanted (store_id, external_id) USING (store_id, external_id)
""")
_OWED = text(f"""
    SELECT bill, order_id, external_id, paid_minor - refunded_minor AS expected_minor,
           settlement_id, bool_or(is_due) AS is_due
    FROM (
        SELECT bill, orders.*, true AS is_due
        FROM unnest(CAST(:bills AS integer[]), CAST(:stores AS text[]),
                    CAST(:since AS timestamptz[]), CAST(:until AS timestamptz[]))
             AS wanted (bill, store_id, since, until)
        JOIN orders ON orders.store_id = wanted.store_id AND completed_at >= since
         AND completed_at < until AND {UNSETTLED} AND paid_minor > refunded_minor
        UNION ALL
        SELECT bill, orders.*, false
        FROM unnest(CAST(:row_bills AS integer[]), CAST(:row_stores AS text[]),
                    CAST(:row_ids AS text[])) AS named (bill, store_id, external_id)
        JOIN orders USING (store_id, external_id)
    ) AS found
    GROUP BY bill, order_id, external_id, paid_minor, refunded_minor, settlement_id
    ORDER BY bill, external_id
""")  # noqa: S608 - a condition of our own
_INSERT = insertion(
    _tables[SettlementRow.__tablename__],
    (
        "settlement_id", "store_id", "external_id", "currency", "from_day", "to_day",
        "gross_minor", "fee_minor", "settled_minor", "expected_minor", "order_count",
        "is_matched", "received_at", "content_hash",
    ),
)  # fmt: skip
_INSERT_LINES = insertion(
    _tables[SettlementLineRow.__tablename__],
    ("settlement_id", "external_id", "order_id", "finding", "billed_minor", "expected_minor"),
)
_LOCK_ORDERS = text("""
    SELECT FROM orders WHERE order_id = ANY(CAST(:ids AS text[]))
    ORDER BY store_id, external_id FOR UPDATE
""")
_MARK = updating(_tables["orders"], ("order_id", "settlement_id"))
_ONE = text("SELECT * FROM settlements WHERE settlement_id = :settlement_id")
_LINES = text("""
    SELECT external_id, order_id, finding, billed_minor, expected_minor FROM settlement_lines
    WHERE settlement_id = :settlement_id ORDER BY finding, external_id
""")
_SUMS = text(f"""
    SELECT stores.store_id, stores.currency, paid.*, open.*
    FROM registry_stores AS stores
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(gross_minor), 0)::bigint AS received_minor,
               coalesce(sum(fee_minor), 0)::bigint AS fee_minor,
               coalesce(sum(settled_minor), 0)::bigint AS settled_minor,
               count(*) AS settlements, count(*) FILTER (WHERE NOT is_matched) AS unmatched
        FROM settlements WHERE settlements.store_id = stores.store_id
         AND to_day >= :from_day AND to_day <= :to_day
    ) AS paid
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(paid_minor - refunded_minor), 0)::bigint AS expected_minor,
               count(*) FILTER (WHERE paid_minor > refunded_minor) AS orders_expected
        FROM orders WHERE orders.store_id = stores.store_id AND {UNSETTLED}
    ) AS open
    WHERE :all_stores OR stores.store_id = ANY(CAST(:stores AS text[]))
    ORDER BY stores.store_id
""")  # noqa: S608
_OPEN = text(f"""
    SELECT store_id, date_bin('15 minutes', completed_at, '2000-01-01Z') AS moment, count(*),
           sum(paid_minor - refunded_minor)::bigint
    FROM orders
    WHERE (:all_stores OR store_id = ANY(CAST(:stores AS text[])))
      AND {UNSETTLED} AND paid_minor > refunded_minor
    GROUP BY 1, 2 ORDER BY 1, 2
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment on, up to another."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class NewRow:
    """A settlement to be stored."""

    settlement_id: str
    bill: Bill
    settled: Settled
    currency: str
    received_at: datetime
    content_hash: bytes


async def lock_settling(session: AsyncSession, stores: Sequence[str]) -> None:
    """Let nobody else settle these stores' orders until this transaction ends."""
    await session.execute(_LOCK_STORES, {"stores": list(stores)})


async def known_settlements(
    session: AsyncSession, bills: Sequence[Bill]
) -> dict[tuple[str, str], RowMapping]:
    """Return the settlements that are stored under these bills' natural keys."""
    values = {
        "stores": [bill.store_id for bill in bills],
        "external_ids": [bill.external_id for bill in bills],
    }
    rows = (await session.execute(_KNOWN, values)).mappings()
    return {(row["store_id"], row["external_id"]): row for row in rows}


async def owed_for(
    session: AsyncSession, bills: Sequence[tuple[Bill, Span]]
) -> list[dict[str, Owed]]:
    """Return for each bill, by external id, the orders due in its days and those it names."""
    named = [(place, bill, row) for place, (bill, _) in enumerate(bills) for row in bill.rows]
    values = {
        "bills": list(range(len(bills))),
        "stores": [bill.store_id for bill, _ in bills],
        "since": [span.since for _, span in bills],
        "until": [span.until for _, span in bills],
        "row_bills": [place for place, _, _ in named],
        "row_stores": [bill.store_id for _, bill, _ in named],
        "row_ids": [row.external_id for _, _, row in named],
    }
    found: defaultdict[int, dict[str, Owed]] = defaultdict(dict)
    for bill, *owed in await session.execute(_OWED, values):
        found[bill][owed[1]] = Owed(*owed)
    return [found[place] for place in range(len(bills))]


async def insert_settlements(session: AsyncSession, rows: Sequence[NewRow]) -> None:
    """Store settlements with their lines, and note on the orders which of them settled each."""
    await _INSERT.run(session, [_values(row) for row in rows])
    lines = [
        (row.settlement_id, line.external_id, line.order_id, line.finding.value,
         line.billed_minor, line.expected_minor)
        for row in rows
        for line in row.settled.lines
    ]  # fmt: skip
    await _INSERT_LINES.run(session, lines)
    marks = [(order_id, row.settlement_id) for row in rows for order_id in row.settled.order_ids]
    if marks:
        await session.execute(_LOCK_ORDERS, {"ids": [order_id for order_id, _ in marks]})
    await _MARK.run(session, marks)


def _values(row: NewRow) -> tuple[object, ...]:
    bill, settled = row.bill, row.settled
    return (
        row.settlement_id, bill.store_id, bill.external_id, row.currency, bill.from_day,
        bill.to_day, bill.gross_minor, bill.fee_minor, bill.settled_minor, settled.expected_minor,
        len(settled.order_ids), settled.is_matched, row.received_at, row.content_hash,
    )  # fmt: skip


async def find_settlement(session: AsyncSession, settlement_id: str) -> RowMapping | None:
    """Return a settlement, None if there is none."""
    rows = await session.execute(_ONE, {"settlement_id": settlement_id})
    return rows.mappings().one_or_none()


async def lines_of_bill(session: AsyncSession, settlement_id: str) -> Sequence[RowMapping]:
    """Return the lines of a settlement's bill as they were found."""
    rows = await session.execute(_LINES, {"settlement_id": settlement_id})
    return rows.mappings().all()


async def sum_settlements(
    session: AsyncSession, stores: Sequence[str] | None, days: Mapping[str, Any]
) -> Sequence[RowMapping]:
    """Return by store what settlements of `from_day` to `to_day` brought and what is open."""
    values = {**days, "all_stores": stores is None, "stores": list(stores or ())}
    return (await session.execute(_SUMS, values)).mappings().all()


async def unsettled_by_moment(
    session: AsyncSession, stores: Sequence[str] | None
) -> list[tuple[str, datetime, int, int]]:
    """Return store, quarter of an hour of completion, orders and sum of what is not settled."""
    values = {"all_stores": stores is None, "stores": list(stores or ())}
    rows = await session.execute(_OPEN, values)
    return [(row[0], row[1], row[2], row[3]) for row in rows]
