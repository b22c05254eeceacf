"""What happens by the clock."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.usecases.digesting import state_digest
from shared.jobs import Clock, Span


async def _digest(session: AsyncSession, span: Span) -> None:
    del span  # what is due follows from the last digest
    await state_digest(session)


CLOCKS = (Clock("state_digest", timedelta(minutes=1), _digest),)
"""The clocks of this service."""
