"""What inventory said of orders' stock, as it is stored."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.tables.rows import Row
from services.orders.tables.stock import OrderStockRow
from shared.db.bulk import insertion

_COLUMNS = ("order_id", "state", "reason", "short", "expires_at", "stated_at")
_PUT = insertion(
    Row.metadata.tables[OrderStockRow.__tablename__],
    _COLUMNS,
    suffix="ON CONFLICT (order_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:]),
)
_FIND = text("SELECT * FROM order_stock WHERE order_id = ANY(CAST(:ids AS text[]))")
_HELD = text("""
    SELECT DISTINCT order_id FROM order_problems
    WHERE order_id = ANY(CAST(:ids AS text[])) AND closed_at IS NULL AND opened_by = :opened_by
""")


class StockState(NamedTuple):
    """Whether an order's goods are set aside: `state` is reserved, rejected or released.

    `short` has the lines that fell short, each as `line_no`, `sku`, `wanted`, `available`.
    """

    order_id: str
    state: str
    reason: str
    short: Sequence[dict[str, object]]
    expires_at: datetime | None
    stated_at: datetime


async def put_stock_states(session: AsyncSession, states: Iterable[StockState]) -> None:
    """Store the last word on each order, in one statement."""
    rows = [
        (*each[:3], msgspec.json.encode(each.short).decode(), *each[4:])
        for each in sorted(states, key=lambda each: each.order_id)
    ]
    await _PUT.run(session, rows)


async def stock_of(session: AsyncSession, order_ids: Sequence[str]) -> dict[str, RowMapping]:
    """Return by order what was said last; nothing was of goods that inventory does not keep."""
    rows = (await session.execute(_FIND, {"ids": list(order_ids)})).mappings()
    return {row["order_id"]: row for row in rows}


async def orders_held_by(
    session: AsyncSession, order_ids: Iterable[str], opened_by: str
) -> set[str]:
    """Return which of the orders have an open problem that was opened by somebody."""
    values = {"ids": sorted(set(order_ids)), "opened_by": opened_by}
    return set((await session.execute(_HELD, values)).scalars())
