"""Parcels that are planned or printed, and the orders in them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.parcels import Content, Parcel
from services.orders.tables.fulfilment import ParcelLineRow, ParcelRow
from services.orders.tables.orders import OPEN
from services.orders.tables.rows import Row
from shared.db.bulk import insertion, updating

_tables = Row.metadata.tables
_PARCELS = _tables[ParcelRow.__tablename__]
_INSERT = insertion(
    _PARCELS, ("parcel_id", "store_id", "is_planned", "courier", "waybill", "printed_at")
)
_INSERT_LINES = insertion(
    _tables[ParcelLineRow.__tablename__], ("parcel_id", "order_id", "line_no", "quantity")
)
_NOTE = updating(
    _PARCELS,
    ("parcel_id", "courier", "waybill", "weight_grams", "printed_at", "shipped_at"),
)
_OF_ORDERS = text("""
    SELECT parcels.*, lines.order_id, lines.line_no, lines.quantity
    FROM parcels JOIN parcel_lines AS lines USING (parcel_id)
    WHERE parcel_id IN (
        SELECT parcel_id FROM parcel_lines WHERE order_id = ANY(CAST(:ids AS text[]))
    )
    ORDER BY parcel_id, lines.order_id, lines.line_no
""")
_DELETE_LINES = text("DELETE FROM parcel_lines WHERE parcel_id = ANY(CAST(:ids AS text[]))")
_DELETE = text("DELETE FROM parcels WHERE parcel_id = ANY(CAST(:ids AS text[]))")
_CANDIDATES = text(f"""
    SELECT store_id, array_agg(order_id ORDER BY placed_at, order_id) AS order_ids,
           array_agg(external_id ORDER BY placed_at, order_id) AS external_ids
    FROM orders
    WHERE {OPEN} AND NOT is_backfill AND status = 'audited'
      AND held_for IS NULL AND problem_at IS NULL
      AND buyer_account_hash IS NOT NULL AND buyer_address_hash IS NOT NULL
      AND (:all OR store_id = ANY(CAST(:stores AS text[])))
      AND NOT EXISTS (SELECT FROM parcel_lines AS l WHERE l.order_id = orders.order_id)
      AND NOT EXISTS (SELECT FROM shipments AS s WHERE s.order_id = orders.order_id)
    GROUP BY store_id, buyer_account_hash, buyer_address_hash HAVING count(*) > 1
    ORDER BY min(placed_at) LIMIT :most
""")  # noqa: S608 - a condition of our own


async def parcels_of(session: AsyncSession, order_ids: Collection[str]) -> list[Parcel]:
    """Return the parcels in which these orders travel, with all that is in them."""
    if not order_ids:
        return []
    rows = await session.execute(_OF_ORDERS, {"ids": list(order_ids)})
    found: dict[str, dict[str, Any]] = {}
    contents: dict[str, list[Content]] = defaultdict(list)
    for row in rows.mappings():
        found[row["parcel_id"]] = dict(row)
        contents[row["parcel_id"]].append(Content(row["order_id"], row["line_no"], row["quantity"]))
    return [_parcel(row, tuple(contents[parcel_id])) for parcel_id, row in found.items()]


def _parcel(row: dict[str, Any], contents: tuple[Content, ...]) -> Parcel:
    names = ("parcel_id", "store_id", "is_planned", "courier", "waybill", "weight_grams")
    moments = {name: row[name] for name in ("printed_at", "shipped_at")}
    return Parcel(contents=contents, **{name: row[name] for name in names}, **moments)


async def insert_parcels(session: AsyncSession, parcels: Sequence[Parcel]) -> None:
    """Store parcels with their contents."""
    rows = [
        (
            each.parcel_id,
            each.store_id,
            each.is_planned,
            each.courier,
            each.waybill,
            each.printed_at,
        )
        for each in parcels
    ]
    await _INSERT.run(session, rows)
    lines = [
        (each.parcel_id, content.order_id, content.line_no, content.quantity)
        for each in parcels
        for content in each.contents
    ]
    await _INSERT_LINES.run(session, lines)


async def note_parcels(session: AsyncSession, parcels: Sequence[Parcel]) -> None:
    """Store what parcels have become: printed or shipped, with courier, waybill and weight."""
    rows = [
        (
            *(each.parcel_id, each.courier, each.waybill),
            *(each.weight_grams, each.printed_at, each.shipped_at),
        )
        for each in parcels
    ]
    await _NOTE.run(session, rows)


async def delete_parcels(session: AsyncSession, parcel_ids: Sequence[str]) -> None:
    """Forget plans that were undone; the log and the audit trail keep them."""
    await session.execute(_DELETE_LINES, {"ids": list(parcel_ids)})
    await session.execute(_DELETE, {"ids": list(parcel_ids)})


async def candidates_among(
    session: AsyncSession, stores: Sequence[str] | None, *, most: int
) -> list[dict[str, Any]]:
    """Return which audited orders could share a parcel: of one store, buyer and address."""
    values = {"all": stores is None, "stores": list(stores or ()), "most": most}
    return [dict(row) for row in (await session.execute(_CANDIDATES, values)).mappings()]
