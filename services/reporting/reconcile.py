"""Reconciliation: the sums are held against what the owners' own tables say.

A line that differs is suspected first. It differs for certain when a later digest of its owner
does not name its hour again: then nothing happened there that could still be on its way. Clocks
of two databases may differ by a minute.
"""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.metrics import RECONCILIATION_DRIFT
from services.reporting.planner.standing import OWNERS, READER
from services.reporting.repository.digests import drift, suspect_lines
from shared.jobs import Clock, Span
from shared.log.positions import passed

LOOK_BACK = timedelta(days=45)
"""How old the hours are that each run looks at; once a day it looks at all of them."""

KINDS = ("placed", "paid", "refunded")


async def reconcile(session: AsyncSession, *, is_whole: bool = False) -> dict[tuple[str, str], int]:
    """Hold the sums against the digests; return the drifting hours by owner and kind."""
    marks = await passed(session, READER, OWNERS)
    for owner, as_of in marks.items():
        if as_of is not None:
            await suspect_lines(session, owner, as_of, None if is_whole else as_of - LOOK_BACK)
    found = await drift(session)
    for owner in OWNERS:
        for kind in KINDS:
            RECONCILIATION_DRIFT.labels(owner, kind).set(found.get((owner, kind), 0))
    return found


async def _look(session: AsyncSession, span: Span) -> None:
    del span
    await reconcile(session)


async def _look_at_all(session: AsyncSession, span: Span) -> None:
    del span
    await reconcile(session, is_whole=True)


CLOCKS = (
    Clock("reconcile", timedelta(seconds=30), _look),
    Clock("reconcile_whole", timedelta(days=1), _look_at_all),
)
"""The clocks of this service."""
