"""What is not paid in time falls back; what fell short is tried again when stock came."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.holding import expire
from services.inventory.domain.reserving import retry
from services.inventory.repository.reservations import take_due, take_retriable
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


async def retry_rejected(session: AsyncSession) -> int:
    """Set aside for paid orders what came in since they fell short, the oldest first.

    Return how many were looked at, at most 500.
    """
    names = await take_retriable(session, most=MOST)
    if names:
        opened = await open_desk(session, Needs(ids=set(names)))
        now = utc_now()
        for name in names:
            retry(opened.desk, opened.desk.reservations[name], now)
        await close_desk(session, opened)
    return len(names)
