"""What is set aside and not paid in time falls back; levels are held against their ledger."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.holding import expire
from services.inventory.repository.reservations import take_due
from services.inventory.usecases.desks import Needs, close_desk, open_desk
from shared.kernel.clock import utc_now

MOST = 500
"""Reservations that one transaction frees; the rest follow at once."""


async def expire_reservations(session: AsyncSession) -> int:
    """Free what is past its time; return how many were looked at, at most 500.

    A reservation that a payment holds at the moment is left to it, and looked at again if the
    payment comes to nothing.
    """
    due = await take_due(session, most=MOST)
    if due:
        opened = await open_desk(session, Needs(ids=set(due)))
        now = utc_now()
        for name in due:
            expire(opened.desk, opened.desk.reservations[name], now)
        await close_desk(session, opened)
    return len(due)
