"""What happens by the clock: one active runner per clock, correct after a stop of hours."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.log.pauses import pause_unless
from shared.log.trim import make_months, trim
from shared.observability import metrics

KEEPING_EVERY = timedelta(minutes=5)
_CLOCKS = 0x5F1C  # the class of the clocks' advisory locks
_LOOK_SECONDS = 5.0

_LOCK = text("SELECT pg_try_advisory_xact_lock(:kind, :clock)")
_DUE = text("""
    SELECT now(), (SELECT done_until FROM clock_runs WHERE clock = :clock)
""")
_DONE = text("""
    INSERT INTO clock_runs (clock, done_until) VALUES (:clock, :until)
    ON CONFLICT (clock) DO UPDATE SET done_until = excluded.done_until
""")

log = structlog.get_logger()


class Span(NamedTuple):
    """The time a run is for: after `since`, up to `until`, which is the database's now.

    After a stop of hours it is hours long; the first one ever is as long as the clock's step.
    """

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Work that is due every so often; `name` is unique within a service.

    A run is one transaction, with the note that it was done: it happens wholly or not at all, and
    then again. Work finds what is due by the state of rows and the span, never by counting runs.
    """

    name: str
    every: timedelta
    work: Callable[[AsyncSession, Span], Awaitable[None]]


async def run_if_due(database: Database, clock: Clock) -> bool:
    """Run a clock once if it is due and nobody else runs it; return whether it ran."""
    async with database.transaction() as session:
        key = zlib.crc32(clock.name.encode()) - 2**31
        parameters = {"kind": _CLOCKS, "clock": key}
        if not (await session.execute(_LOCK, parameters)).scalar_one():
            return False
        now, done_until = (await session.execute(_DUE, {"clock": clock.name})).one()
        if done_until is not None and now - done_until < clock.every:
            return False
        await clock.work(session, Span(done_until or now - clock.every, now))
        await session.execute(_DONE, {"clock": clock.name, "until": now})
    return True


Holding = Callable[[AsyncSession], Awaitable[Mapping[int, int]]]
"""Tells the lowest number, per partition, that this database still needs of its own log."""


def keeping_clock(keep_days: int, holding: Holding) -> Clock:
    """Keep the log: months made ahead, and those older than so many days trimmed; 0 keeps all."""

    async def keep(session: AsyncSession, span: Span) -> None:
        await make_months(session, span.until)
        if keep_days:
            before = span.until - timedelta(days=keep_days)
            await trim(session, before, await holding(session))

    return Clock("keep_log", KEEPING_EVERY, keep)


class Jobs:
    """The role `jobs`: every clock in a task of its own, a failing one is tried again."""

    def __init__(self, database: Database, clocks: Sequence[Clock]) -> None:
        self._database = database
        self._clocks = clocks

    async def run(self, stop: asyncio.Event) -> None:
        """Run clocks until told to stop; a run under way is finished."""
        async with asyncio.TaskGroup() as tasks:
            for clock in self._clocks:
                tasks.create_task(self._tick(clock, stop))
            await stop.wait()

    async def _tick(self, clock: Clock, stop: asyncio.Event) -> None:
        pause = min(clock.every.total_seconds() / 2, _LOOK_SECONDS)
        while not stop.is_set():
            try:
                if await run_if_due(self._database, clock):
                    metrics.clock_runs_total.labels(clock.name).inc()
                metrics.clock_ran_timestamp_seconds.labels(clock.name).set_to_current_time()
            except Exception as error:
                metrics.clock_failures_total.labels(clock.name).inc()
                log.exception("clock_failed", clock=clock.name, error=repr(error))
                await pause_unless(stop, _LOOK_SECONDS)
            await pause_unless(stop, pause)


async def repeat(
    work: Callable[[], Awaitable[object]], stop: asyncio.Event, *, every_seconds: float
) -> None:
    """Do long work again and again, with pauses, until told to stop; a stop gives it up midway.

    Work that fails is logged and done again.
    """
    while not stop.is_set():
        working = asyncio.ensure_future(_attempt(work))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (working, stopping):
            task.cancel()
        await asyncio.wait({working, stopping})
        await pause_unless(stop, every_seconds)


async def _attempt(work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception as error:
        log.exception("work_failed", error=repr(error))
