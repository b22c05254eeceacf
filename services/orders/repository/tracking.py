"""Couriers' reports, and parcels that have stalled."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.domain.tracking import Report
from services.orders.repository.parts import load_parts
from services.orders.repository.stored import stored_of
from services.orders.repository.worklists import STALLED
from services.orders.tables.orders import UNDER_WAY
from shared.db.bulk import BulkStatement

_OWNERS = text("""
    SELECT shipments.courier, waybill, order_id, store_id
    FROM shipments JOIN orders USING (order_id)
    WHERE waybill = ANY(CAST(:waybills AS text[]))
""")
_INSERT = text("""
    INSERT INTO tracking_moves (courier, waybill, at, state, place, text)
    SELECT * FROM unnest(
        CAST(:couriers AS text[]), CAST(:waybills AS text[]), CAST(:ats AS timestamptz[]),
        CAST(:states AS text[]), CAST(:places AS text[]), CAST(:texts AS text[])
    ) AS told (courier, waybill, at, state, place, text)
    ORDER BY courier, waybill, at, state
    ON CONFLICT (courier, waybill, at, state) DO NOTHING RETURNING courier, waybill, at, state
""")
_OF_ORDER = text("""
    SELECT moves.* FROM tracking_moves AS moves
    WHERE (courier, waybill) IN (SELECT courier, waybill FROM shipments WHERE order_id = :order_id)
    ORDER BY at, state
""")
_STALLED = text(f"""
    SELECT orders.* FROM orders
    JOIN registry_stores AS stores ON stores.store_id = orders.store_id
    WHERE NOT is_backfill AND {UNDER_WAY} AND EXISTS (
        SELECT FROM shipments WHERE shipments.order_id = orders.order_id AND {STALLED}
           AND stall_told_at IS DISTINCT FROM coalesce(tracked_at, shipments.shipped_at)
    )
    ORDER BY orders.shipped_at LIMIT :most FOR UPDATE OF orders SKIP LOCKED
""")  # noqa: S608 - conditions of our own
_NOTE_TOLD = BulkStatement(
    text("""
        UPDATE shipments SET stall_told_at = coalesce(tracked_at, shipped_at)
        FROM unnest(CAST(:order_ids AS text[]), CAST(:external_ids AS text[]))
             AS told (order_id, external_id)
        WHERE shipments.order_id = told.order_id AND shipments.external_id = told.external_id
    """),
    ("order_ids", "external_ids"),
)


async def parcels_bearing(
    session: AsyncSession, waybills: Collection[str]
) -> list[tuple[str, str, str, str]]:
    """Return courier, waybill, order and store of the parcels that bear these waybills."""
    if not waybills:
        return []
    rows = await session.execute(_OWNERS, {"waybills": sorted(set(waybills))})
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def insert_reports(
    session: AsyncSession, reports: Sequence[tuple[Report, str, str]]
) -> set[Report]:
    """Store reports with place and text; return those that were not known."""
    if not reports:
        return set()
    values = {
        "couriers": [report.courier for report, _, _ in reports],
        "waybills": [report.waybill for report, _, _ in reports],
        "ats": [report.at for report, _, _ in reports],
        "states": [report.state.value for report, _, _ in reports],
        "places": [place for _, place, _ in reports],
        "texts": [words for _, _, words in reports],
    }
    told = {(each.courier, each.waybill, each.at, each.state.value): each for each, _, _ in reports}
    return {told[tuple(row)] for row in await session.execute(_INSERT, values)}


async def reports_of(session: AsyncSession, order_id: str) -> list[dict[str, Any]]:
    """Return what couriers reported of an order's parcels, in order of time."""
    return [
        dict(row) for row in (await session.execute(_OF_ORDER, {"order_id": order_id})).mappings()
    ]


async def lock_stalled(session: AsyncSession, *, most: int) -> list[Order]:
    """Lock orders with a parcel that stalled and was not told of since it moved last."""
    rows = await session.execute(_STALLED, {"most": most})
    found = [stored_of(row).order for row in rows.mappings()]
    await load_parts(session, found)
    return found


async def note_stalls_told(session: AsyncSession, parcels: Sequence[tuple[str, str]]) -> None:
    """Note of parcels, by order and external id, that their stall was told."""
    await _NOTE_TOLD.run(session, parcels)
