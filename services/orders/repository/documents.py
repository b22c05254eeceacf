"""Orders whose documents are printed, in the order of work, and how often that was done."""

from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.listing import list_orders, orders
from services.orders.repository.stored import StoredOrder
from services.orders.repository.worklists import OF_STORE, RANKED_PLACE, orders_on, place_on

_COUNT = text("""
    INSERT INTO order_documents (order_id, kind, copies, last_by)
    SELECT order_id, :kind, 1, :caller
    FROM unnest(CAST(:ids AS text[])) AS printed (order_id) ORDER BY order_id
    ON CONFLICT (order_id, kind) DO UPDATE
    SET copies = order_documents.copies + 1, last_at = now(), last_by = EXCLUDED.last_by
    RETURNING order_id, copies
""")
_OF_ORDER = text("""
    SELECT kind, copies, first_at, last_at, last_by FROM order_documents
    WHERE order_id = :order_id ORDER BY kind
""")


async def orders_in_place(session: AsyncSession, order_ids: Sequence[str]) -> list[StoredOrder]:
    """Return the orders of these ids that are there, whole, in the order of work."""
    wanted = orders.c.order_id.in_(list(order_ids))
    statement = select(orders).select_from(OF_STORE).where(wanted).order_by(*RANKED_PLACE)
    return await list_orders(session, statement)


async def first_on(
    session: AsyncSession, worklist: str, stores: Sequence[str] | None, *, most: int
) -> list[StoredOrder]:
    """Return the first orders of a working list, whole."""
    statement = orders_on(worklist, stores).order_by(*place_on(worklist)).limit(most)
    return await list_orders(session, statement)


async def count_copies(
    session: AsyncSession, order_ids: Sequence[str], kind: str, *, caller: str
) -> dict[str, int]:
    """Count one more copy of each order's document; return by order how many it has."""
    values = {"ids": sorted(set(order_ids)), "kind": kind, "caller": caller}
    return {row[0]: row[1] for row in await session.execute(_COUNT, values)}


async def documents_of(session: AsyncSession, order_id: str) -> list[dict[str, object]]:
    """Return which documents of an order were printed: kind, copies, and when."""
    rows = await session.execute(_OF_ORDER, {"order_id": order_id})
    return [dict(row) for row in rows.mappings()]
