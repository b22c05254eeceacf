"""The ledger: rows are added, found and listed; nothing else is possible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.movements import Entry, Kind, Origin
from services.inventory.domain.refusals import StockBusyError
from services.inventory.tables.rows import Row
from services.inventory.tables.stock import MovementRow

table = Row.metadata.tables[MovementRow.__tablename__]

_ARRAYS = {
    "kind": "text",
    "bucket": "text",
    "warehouse_id": "text",
    "sku": "text",
    "quantity": "integer",
    "occurred_at": "timestamptz",
    "source": "text",
    "external_id": "text",
    "leg": "smallint",
    "reference": "text",
    "reason": "text",
    "store_id": "text",
    "order_id": "text",
    "reservation_id": "text",
    "corrects": "bigint",
    "cost_minor": "bigint",
    "caller": "text",
}
_NAMES = ", ".join(_ARRAYS)
_INSERT = text(f"""
    INSERT INTO stock_movements ({_NAMES})
    SELECT {_NAMES}
    FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _ARRAYS.items())})
         WITH ORDINALITY AS v ({_NAMES}, place)
    ORDER BY place
    ON CONFLICT DO NOTHING
    RETURNING movement_id, booked_at
""")  # noqa: S608 - names of our own
_KNOWN = text("""
    SELECT movements.*
    FROM unnest(CAST(:sources AS text[]), CAST(:external_ids AS text[]))
         AS wanted (source, external_id)
    JOIN stock_movements AS movements USING (source, external_id)
    ORDER BY movement_id
""")
_CORRECTED = text("""
    SELECT wanted.movement_id AS named, legs.*,
           EXISTS (SELECT FROM stock_movements AS later
                   WHERE later.corrects = legs.movement_id) AS is_corrected
    FROM unnest(CAST(:ids AS bigint[])) AS wanted (movement_id)
    JOIN stock_movements AS first USING (movement_id)
    JOIN stock_movements AS legs ON legs.movement_id = first.movement_id
      OR legs.source = first.source AND legs.external_id = first.external_id
    WHERE first.bucket <> 'reserved'
    ORDER BY wanted.movement_id, legs.movement_id
""")

Natural = tuple[str, str]
"""Source and external id of a movement."""


@dataclass(frozen=True, slots=True)
class MovementFilter:
    """Which rows a list holds; None lets all pass. `until` is not in it."""

    warehouses: Sequence[str]
    values: dict[str, Any]
    since: datetime | None = None
    until: datetime | None = None
    with_reserved: bool = False


async def insert_entries(session: AsyncSession, entries: Sequence[Entry]) -> datetime | None:
    """Add rows to the ledger in their order and give each its number; return when that was.

    The levels of all keys are locked. Raises `StockBusyError` where another transaction, which
    touched other levels, took one of the natural keys meanwhile.
    """
    if not entries:
        return None
    columns = zip(*(_values(entry) for entry in entries), strict=True)
    values = dict(zip(_ARRAYS, (list(column) for column in columns), strict=True))
    rows = (await session.execute(_INSERT, values)).all()
    if len(rows) < len(entries):
        raise StockBusyError("These movements are being told by others; repeat the request.")
    for entry, row in zip(entries, rows, strict=True):
        entry.movement_id = row.movement_id
    moment: datetime = rows[0].booked_at
    return moment


async def known_entries(
    session: AsyncSession, keys: Iterable[Natural]
) -> dict[Natural, list[Entry]]:
    """Return the rows that are known under natural keys, by key."""
    wanted = sorted(set(keys))
    values = {"sources": [key[0] for key in wanted], "external_ids": [key[1] for key in wanted]}
    found: dict[Natural, list[Entry]] = {}
    if not wanted:
        return found
    for row in (await session.execute(_KNOWN, values)).mappings():
        found.setdefault((row["source"], row["external_id"]), []).append(entry_of(row))
    return found


async def entries_to_correct(
    session: AsyncSession, ids: Iterable[int]
) -> dict[int, list[tuple[Entry, bool]]]:
    """Return by the row that is named all rows of its movement, and whether each was corrected."""
    wanted = sorted(set(ids))
    found: dict[int, list[tuple[Entry, bool]]] = {}
    if not wanted:
        return found
    for row in (await session.execute(_CORRECTED, {"ids": wanted})).mappings():
        found.setdefault(row["named"], []).append((entry_of(row), row["is_corrected"]))
    return found


def where(wanted: MovementFilter) -> Select[Any]:
    """Return the statement that lists the rows that pass, in no order yet."""
    statement = select(table).where(table.c.warehouse_id.in_(wanted.warehouses))
    for name, value in wanted.values.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    if wanted.since is not None:
        statement = statement.where(table.c.occurred_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(table.c.occurred_at < wanted.until)
    if not wanted.with_reserved:
        statement = statement.where(table.c.bucket != Bucket.RESERVED.value)
    return statement


async def listed(session: AsyncSession, statement: Select[Any]) -> Sequence[RowMapping]:
    """Return the rows of a list."""
    rows: Sequence[RowMapping] = (await session.execute(statement)).mappings().all()
    return rows


def entry_of(row: RowMapping) -> Entry:
    """Return the entry of a row."""
    return Entry(
        kind=Kind(row["kind"]),
        bucket=Bucket(row["bucket"]),
        key=Key(row["warehouse_id"], row["sku"]),
        quantity=row["quantity"],
        origin=Origin(
            occurred_at=row["occurred_at"],
            caller=row["caller"],
            source=row["source"],
            external_id=row["external_id"],
            reference=row["reference"],
            reason=row["reason"],
            store_id=row["store_id"],
            order_id=row["order_id"],
            reservation_id=row["reservation_id"],
        ),
        leg=row["leg"],
        cost_minor=row["cost_minor"],
        corrects=row["corrects"],
        movement_id=row["movement_id"],
    )


def _values(entry: Entry) -> tuple[object, ...]:
    origin = entry.origin
    return (
        entry.kind.value,
        entry.bucket.value,
        *entry.key,
        entry.quantity,
        origin.occurred_at,
        origin.source,
        origin.external_id,
        entry.leg,
        origin.reference,
        origin.reason,
        origin.store_id,
        origin.order_id,
        origin.reservation_id,
        entry.corrects,
        entry.cost_minor,
        origin.caller,
    )
