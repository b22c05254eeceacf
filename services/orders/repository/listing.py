"""Lists of orders and the receipts of their writes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.stored import StoredOrder, load_children, stored_of
from services.orders.tables import OrderRow, Row

orders = Row.metadata.tables[OrderRow.__tablename__]

_LAST_RECEIPTS = text("""
    SELECT order_id, max(event_id) FROM order_receipts
    WHERE order_id = ANY(CAST(:ids AS text[])) GROUP BY order_id
""")


def orders_where(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """Return the statement that lists orders under all these conditions."""
    return select(orders).where(*conditions)


async def list_orders(
    session: AsyncSession, statement: Select[tuple[object, ...]]
) -> list[StoredOrder]:
    """Return the orders of a list, whole."""
    rows = (await session.execute(statement)).mappings()
    found = [stored_of(row) for row in rows]
    await load_children(session, [stored.order for stored in found])
    return found


async def last_events(session: AsyncSession, order_ids: Sequence[str]) -> dict[str, int]:
    """Return by order the last event that one of its writes stated."""
    if not order_ids:
        return {}
    rows = await session.execute(_LAST_RECEIPTS, {"ids": list(order_ids)})
    return {row[0]: row[1] for row in rows}


async def find_receipt(
    session: AsyncSession, order_id: str, event_id: int
) -> tuple[str, datetime] | None:
    """Return store and time of an accepted write, None if there was none."""
    statement = text("""
        SELECT orders.store_id, order_receipts.accepted_at
        FROM order_receipts JOIN orders USING (order_id)
        WHERE order_id = :order_id AND event_id = :event_id
    """)
    row = (
        await session.execute(statement, {"order_id": order_id, "event_id": event_id})
    ).one_or_none()
    return None if row is None else (row[0], row[1])
