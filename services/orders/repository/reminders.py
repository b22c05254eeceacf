"""What was stated by the clock: each reminder of an order once, however late the clock comes."""

from collections.abc import Sequence

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.repository.parts import load_parts
from services.orders.repository.stored import stored_of
from services.orders.repository.worklists import WORKLISTS
from services.orders.tables.rows import Row
from services.orders.tables.work import ReminderRow
from shared.db.bulk import insertion

_INSERT = insertion(Row.metadata.tables[ReminderRow.__tablename__], ("order_id", "kind"))


def _due(condition: str) -> TextClause:
    return text(f"""
        SELECT orders.* FROM orders
        JOIN registry_stores AS stores ON stores.store_id = orders.store_id
        WHERE NOT is_backfill AND {condition} AND NOT EXISTS (
            SELECT FROM order_reminders AS told
            WHERE told.order_id = orders.order_id AND told.kind = :kind
        )
        ORDER BY placed_at LIMIT :most FOR UPDATE OF orders SKIP LOCKED
    """)  # noqa: S608 - conditions of our own


_DUE = {name: _due(worklist.condition) for name, worklist in WORKLISTS.items()}


async def lock_due(session: AsyncSession, worklist: str, *, most: int) -> list[Order]:
    """Lock the orders that came onto a list and were not reminded of; those locked come later."""
    rows = await session.execute(_DUE[worklist], {"kind": worklist, "most": most})
    found = [stored_of(row).order for row in rows.mappings()]
    await load_parts(session, found)
    return found


async def note_reminded(session: AsyncSession, worklist: str, orders: Sequence[Order]) -> None:
    """Note that these orders were reminded of."""
    await _INSERT.run(session, [(order.order_id, worklist) for order in orders])
