"""Lists of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.stored import StoredOrder, load_children, stored_of
from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row

orders = Row.metadata.tables[OrderRow.__tablename__]

LIST_ORDER = (orders.c.updated_at, orders.c.order_id)
"""Moment and id by which lists of orders stand."""


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a list holds; None lets all pass."""

    stores: Sequence[str] | None = None
    status: str | None = None
    external_id: str | None = None
    buyer_account_hash: str | None = None
    updated_since: datetime | None = None


def orders_where(wanted: OrderFilter) -> Select[tuple[object, ...]]:
    """Return the statement that lists the orders that pass, in no order yet."""
    columns = orders.c
    statement = select(orders)
    if wanted.stores is not None:
        statement = statement.where(columns.store_id.in_(wanted.stores))
    if wanted.updated_since is not None:
        statement = statement.where(columns.updated_at >= wanted.updated_since)
    for name in ("status", "external_id", "buyer_account_hash"):
        value = getattr(wanted, name)
        if value is not None:
            statement = statement.where(columns[name] == value)
    return statement


async def list_orders(
    session: AsyncSession, statement: Select[tuple[object, ...]]
) -> list[StoredOrder]:
    """Return the orders of a list, whole."""
    return [stored for stored, _ in await list_placed(session, statement)]


async def list_placed(
    session: AsyncSession, statement: Select[tuple[object, ...]]
) -> list[tuple[StoredOrder, datetime | None]]:
    """Return the orders of a list, whole, each with its `place` where the rows have one."""
    rows = (await session.execute(statement)).mappings()
    found = [(stored_of(row), row.get("place")) for row in rows]
    await load_children(session, [stored.order for stored, _ in found])
    return found
