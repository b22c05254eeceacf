"""What happens by the clock, and what is measured now and again."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory import metrics
from services.inventory.repository.drift import find_drift
from services.inventory.repository.worklists import count_worklists
from services.inventory.usecases.expiring import MOST, expire_reservations, retry_rejected
from services.inventory.usecases.repairing import align_safety, push_stale
from shared.db.engine import Database
from shared.jobs import Clock, Span, repeat

EXPIRING_EVERY = timedelta(seconds=5)
ALIGNING_EVERY = timedelta(seconds=30)
MEASURING_SECONDS = 15.0
AUDITING_SECONDS = 600.0


async def _expire(session: AsyncSession, span: Span) -> None:
    del span  # what is due follows from the reservations
    while await expire_reservations(session) == MOST:
        pass


async def _retry(session: AsyncSession, span: Span) -> None:
    del span  # what is tried again follows from reservations and levels
    while await retry_rejected(session) == MOST:
        pass


async def _align(session: AsyncSession, span: Span) -> None:
    del span  # what is amiss follows from settings and rows
    await align_safety(session)
    await push_stale(session)


CLOCKS = (
    Clock("expire_reservations", EXPIRING_EVERY, _expire),
    Clock("retry_rejected", EXPIRING_EVERY, _retry),
    Clock("align_levels", ALIGNING_EVERY, _align),
)
"""The clocks of this service."""


class Measuring:
    """Counts working lists; every process with the role `jobs` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until told to stop."""
        await repeat(self.measure, stop, every_seconds=MEASURING_SECONDS)

    async def measure(self) -> None:
        """Set the gauges to what is so now."""
        async with self._database.reading() as session:
            counts = await count_worklists(session)
        metrics.WORKLIST.clear()
        for name, store_id, number in counts:
            metrics.WORKLIST.labels(name, store_id).set(number)


class Auditing:
    """Holds levels against the whole ledger, which takes a while: more rarely."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, stop: asyncio.Event) -> None:
        """Look until told to stop."""
        await repeat(self.look, stop, every_seconds=AUDITING_SECONDS)

    async def look(self) -> None:
        """Set the gauges of drift."""
        async with self._database.reading() as session:
            drift = await find_drift(session)
        metrics.DRIFT.labels("ledger").set(sum(each.is_drifted for each in drift))
        metrics.DRIFT.labels("promises").set(sum(each.is_unpromised for each in drift))


def workers(database: Database, *_: object) -> Sequence[Measuring | Auditing]:
    """Return what runs beside the clocks."""
    return (Measuring(database), Auditing(database))
