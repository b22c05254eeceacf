"""Everything reporting hears of its owners: facts become sums, digests are kept beside them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.projections.apply import add_sums
from services.reporting.projections.fold import TYPES, fold
from services.reporting.projections.sums import Sums
from services.reporting.repository.digests import hear_digest, keep_lines
from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.log import DigestStated, ProbeSent


class Heard(NamedTuple):
    """What events come to: additions to figures, and digests in the order they came."""

    sums: Sums
    digests: list[DigestStated]


class Hearing:
    """The applier of reporting's reader; a probe has no effect but to arrive.

    Not idempotent by itself: the reader's positions, in the same transaction, see to it that each
    event is applied once.
    """

    types = TYPES | {DigestStated.type, ProbeSent.type}

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Add facts to the sums and keep what owners told of their tables."""
        await self.apply_prepared(session, self.prepare(events, None))

    def prepare(self, events: Sequence[CloudEvent[Event]], former: Heard | None) -> Heard:
        """Return what the events come to, with what former ones do."""
        heard = former or Heard(Sums(), [])
        fold(events, heard.sums)
        heard.digests.extend(event.data for event in events if isinstance(event.data, DigestStated))
        return heard

    async def apply_prepared(self, session: AsyncSession, prepared: Heard) -> None:
        """Add sums to the tables, keep digests, and notify."""
        await add_sums(session, prepared.sums)
        for digest in prepared.digests:
            if digest.lines:
                await keep_lines(session, digest.service, digest.occurred_at, digest.lines)
            if digest.is_last:
                await hear_digest(session, digest.service, digest.occurred_at)
