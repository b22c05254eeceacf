"""Agreements on custom-made goods as they are stored."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.custom import CustomWork

_STANDING = text("""
    SELECT specification_id, line_nos, specification, supplier_id, deliver_by, agreed_at, staff
    FROM custom_works WHERE order_id = :order_id AND replaced_at IS NULL
    ORDER BY agreed_at, specification_id
""")
_INSERT = text("""
    INSERT INTO custom_works (specification_id, order_id, line_nos, specification, supplier_id,
                              deliver_by, agreed_at, staff)
    VALUES (:specification_id, :order_id, :line_nos, :specification, :supplier_id,
            :deliver_by, :agreed_at, :staff)
""")
_REPLACE = text("""
    UPDATE custom_works SET replaced_at = :at
    WHERE specification_id = ANY(CAST(:ids AS text[]))
""")


async def custom_works_of(session: AsyncSession, order_id: str) -> list[CustomWork]:
    """Return the standing agreements on an order, the oldest first."""
    rows = (await session.execute(_STANDING, {"order_id": order_id})).mappings()
    return [CustomWork(**{**row, "line_nos": tuple(row["line_nos"])}) for row in rows]


async def insert_custom_work(session: AsyncSession, order_id: str, work: CustomWork) -> None:
    """Store an agreement on a locked order."""
    values = {name: getattr(work, name) for name in CustomWork.__slots__}
    values |= {"order_id": order_id, "line_nos": list(work.line_nos)}
    await session.execute(_INSERT, values)


async def replace_custom_works(
    session: AsyncSession, works: Sequence[CustomWork], at: datetime
) -> None:
    """Let agreements stand no longer."""
    if works:
        ids = [work.specification_id for work in works]
        await session.execute(_REPLACE, {"ids": ids, "at": at})
