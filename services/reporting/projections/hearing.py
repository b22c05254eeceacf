"""Everything reporting hears of its owners: facts become sums, digests are kept beside them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.projections.apply import FigureProjection
from services.reporting.repository.digests import hear_digest, keep_lines
from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.log import DigestStated, ProbeSent


class Hearing:
    """The applier of reporting's reader; a probe has no effect but to arrive."""

    types = FigureProjection.types | {DigestStated.type, ProbeSent.type}

    def __init__(self) -> None:
        self._figures = FigureProjection()

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Add facts to the sums and keep what owners told of their tables."""
        await self._figures.apply(session, events)
        for event in events:
            if isinstance(event.data, DigestStated):
                await _keep(session, event.data)


async def _keep(session: AsyncSession, digest: DigestStated) -> None:
    if digest.lines:
        await keep_lines(session, digest.service, digest.occurred_at, digest.lines)
    if digest.is_last:
        await hear_digest(session, digest.service, digest.occurred_at)
