"""What comes to be late is stated once per order and list, however late the clock comes."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.messages.reminders import REMINDERS
from services.orders.repository.reminders import lock_due, note_reminded
from shared.log.writer import state
from shared.registry.stores import find_stores

MOST = 500
"""Orders that one transaction tells of; the rest follow at once."""


async def remind(session: AsyncSession, worklist: str) -> int:
    """State what came onto a working list; return of how many orders, at most 500."""
    orders = await lock_due(session, worklist, most=MOST)
    stores = await find_stores(session, {order.store_id for order in orders})
    build = REMINDERS[worklist]
    await state(session, *(build(order, stores[order.store_id]) for order in orders))
    await note_reminded(session, worklist, orders)
    return len(orders)
