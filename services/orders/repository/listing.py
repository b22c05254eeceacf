"""Lists of orders."""

from datetime import datetime

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.parts import load_parts
from services.orders.repository.stored import StoredOrder, stored_of
from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row

orders = Row.metadata.tables[OrderRow.__tablename__]


async def list_orders(session: AsyncSession, statement: Executable) -> list[StoredOrder]:
    """Return the orders of a list, whole."""
    return [stored for stored, _ in await list_placed(session, statement)]


async def list_placed(
    session: AsyncSession, statement: Executable
) -> list[tuple[StoredOrder, datetime | None]]:
    """Return the orders of a list, whole, each with its `place` where the rows have one."""
    result = await session.execute(statement)
    has_place = "place" in result.keys()  # noqa: SIM118 - not a dictionary
    rows = result.mappings()
    found = [(stored_of(row), row["place"] if has_place else None) for row in rows]
    await load_parts(session, [stored.order for stored, _ in found])
    return found
