"""The clocks of every service: months of the log, old idempotency keys, probes."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.log import ProbeSent
from shared.jobs import Clock, Span
from shared.log.trim import make_months, trim
from shared.log.writer import state
from shared.settings import ServiceSettings
from shared.web.idempotency import forget_expired_keys

KEEPING_EVERY = timedelta(hours=6)


def keeping_of(settings: ServiceSettings) -> Clock:
    """Keep the log: months ahead, and a trim where the settings want one."""

    async def keep(session: AsyncSession, span: Span) -> None:
        await make_months(session, span.until)
        if settings.log_keep_days:
            await trim(session, span.until - timedelta(days=settings.log_keep_days))

    return Clock("keep_log", KEEPING_EVERY, keep)


def probing_of(name: str) -> Clock:
    """State a probe a minute, so that the way to the figures is measured when nobody buys."""

    async def probe(session: AsyncSession, span: Span) -> None:
        await state(session, ProbeSent(occurred_at=span.until, probe=name))

    return Clock("state_probe", timedelta(minutes=1), probe)


async def _forget(session: AsyncSession, span: Span) -> None:
    del span
    await forget_expired_keys(session)


FORGETTING = Clock("forget_idempotency_keys", timedelta(hours=1), _forget)
