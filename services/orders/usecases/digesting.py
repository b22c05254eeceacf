"""The digest: orders' own tables told to readers, so that they can hold their sums against it."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.digests import (
    HourSums,
    digested_until,
    note_digest,
    sums_of,
    touched_hours,
)
from shared.contracts.log import DigestLine, DigestStated
from shared.log.writer import hold_writers, state

OVERLAP = timedelta(minutes=2)
"""Rows carry the time their transaction began: those under way at the last digest are older."""

LINES = 2_000
"""Lines of one event; more would not fit its size limit."""


async def state_digest(session: AsyncSession) -> int:
    """State what the tables say of every hour touched since the last digest; return the lines.

    Nobody writes meanwhile. Without anything touched an empty digest says so.
    """
    await hold_writers(session)
    now, until = await digested_until(session)
    hours = await touched_hours(session, None if until is None else until - OVERLAP)
    lines = [line for sums in await sums_of(session, hours) for line in _lines_of(sums)]
    parts = [lines[start : start + LINES] for start in range(0, len(lines), LINES)] or [[]]
    await state(
        session,
        *(
            DigestStated(occurred_at=now, service="orders", lines=part, is_last=part is parts[-1])
            for part in parts
        ),
    )
    await note_digest(session, now)
    return len(lines)


def _lines_of(sums: HourSums) -> Iterable[DigestLine]:
    for kind, count, minor in (
        ("placed", sums.placed, sums.placed_minor),
        ("paid", sums.paid, sums.paid_minor),
        ("refunded", sums.refunds, sums.refunded_minor),
    ):
        yield DigestLine(
            store_id=sums.store_id, hour=sums.hour, kind=kind, count=count, sum_minor=minor
        )
