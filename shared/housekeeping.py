"""Clocks that every service has: old idempotency keys are forgotten, probes sent."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.log import ProbeSent
from shared.jobs import Clock, Span
from shared.log.writer import state
from shared.web.idempotency import forget_expired_keys

FORGETTING = Clock("forget_idempotency_keys", timedelta(hours=1), forget_expired_keys)
"""Stored answers are kept as long as they were promised."""


def probing_of(name: str) -> Clock:
    """State a probe a minute, so that the way to the figures is measured when nobody buys."""

    async def probe(session: AsyncSession, span: Span) -> None:
        await state(session, ProbeSent(occurred_at=span.until, probe=name))

    return Clock("state_probe", timedelta(minutes=1), probe)
