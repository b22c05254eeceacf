"""What happens by the clock happens once, wholly, and for all the time that passed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.jobs import Clock, Jobs, Span, repeat, run_if_due
from tests.support.databases import Databases, database_for
from tests.support.eventually import eventually


@pytest.fixture(scope="module")
async def made(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "orders") as database:
        yield database


@pytest.fixture
async def database(databases: Databases, made: Database) -> Database:
    await databases.empty(made)
    return made


class Runs:
    """Work that remembers its spans."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.fails = False

    async def work(self, session: AsyncSession, span: Span) -> None:
        await session.execute(text("SELECT 1"))
        self.spans.append(span)
        if self.fails:
            raise ValueError("no")

    def clock(self, every: timedelta = timedelta(minutes=1)) -> Clock:
        return Clock("runs", every, self.work)


async def test_a_clock_runs_when_it_is_due_and_not_before(database: Database) -> None:
    runs = Runs()

    assert await run_if_due(database, runs.clock())
    assert not await run_if_due(database, runs.clock())

    (span,) = runs.spans
    assert span.until - span.since == timedelta(minutes=1)


async def test_after_a_stop_of_hours_one_run_covers_all_of_it(database: Database) -> None:
    runs = Runs()
    await run_if_due(database, runs.clock())
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE clock_runs SET done_until = done_until - interval '5 hours'")
        )

    await run_if_due(database, runs.clock())

    assert len(runs.spans) == 2
    assert runs.spans[1].until - runs.spans[1].since > timedelta(hours=5)


async def test_a_run_that_fails_is_not_done(database: Database) -> None:
    runs = Runs()
    runs.fails = True
    with pytest.raises(ValueError, match="no"):
        await run_if_due(database, runs.clock())
    runs.fails = False

    assert await run_if_due(database, runs.clock())


async def test_a_clock_has_one_runner_at_a_time(database: Database) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def work(session: AsyncSession, span: Span) -> None:
        del session, span
        started.set()
        await go_on.wait()

    clock = Clock("slow", timedelta(minutes=1), work)
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(run_if_due(database, clock))
        await started.wait()
        second = await run_if_due(database, clock)
        go_on.set()

    assert (await first, second) == (True, False)


async def test_the_role_runs_every_clock_though_one_fails(database: Database) -> None:
    good, bad = Runs(), Runs()
    bad.fails = True
    every = timedelta(milliseconds=20)
    clocks = [Clock("good", every, good.work), Clock("bad", every, bad.work)]
    stop = asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(Jobs(database, clocks).run(stop))
        await eventually(lambda: len(good.spans) > 2 and bad.spans)
        stop.set()

    assert good.spans[1].since == good.spans[0].until


async def test_long_work_is_repeated_though_it_fails_and_given_up_by_a_stop() -> None:
    stop, never = asyncio.Event(), asyncio.Event()
    begun: list[str] = []

    async def work() -> None:
        begun.append("again")
        if len(begun) < 3:
            raise ValueError("no")
        stop.set()
        await never.wait()

    async with asyncio.timeout(10):
        await repeat(work, stop, every_seconds=0.01)

    assert len(begun) == 3
