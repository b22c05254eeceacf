"""Two databases for worlds of the log: an owner's and a reader's, and their administrator."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import asyncpg
import pytest

from shared.db.engine import Database, async_url
from tests.support.databases import Databases
from tests.support.log_world import Variant, World

Scenario = Callable[[World], Awaitable[None]]


class Stage:
    """The databases, and a loop of their own for tests that are no coroutines."""

    def __init__(self, owner_url: str, reader_url: str, admin_url: str) -> None:
        self.owner = Database(owner_url, name="stage-owner", pool=8)
        self.reading = Database(reader_url, name="stage-reader", pool=4)
        self.admin: dict[Database, asyncpg.Connection] = {}
        self._admin_url = admin_url

    async def open(self) -> None:
        for database in (self.owner, self.reading):
            name = database.url.database
            url = async_url(self._admin_url).set(database=name, drivername="postgresql")
            self.admin[database] = await asyncpg.connect(url.render_as_string(False))
        await World.prepare(self.owner, self.reading)

    async def close(self) -> None:
        for database, connection in self.admin.items():
            await connection.close()
            await database.close()


async def play(
    stage: Stage, scenario: Scenario, variant: Variant | None = None, *, has_feed: bool = True
) -> None:
    """Let a scenario happen in an empty world, then let the faults stop.

    Raises `ViolationError` if anything was lost, repeated or out of order.
    """
    world = World(stage.owner, stage.reading, has_feed=has_feed, variant=variant or Variant())
    await world.begin(stage.admin)
    try:
        await scenario(world)
        await world.verify()
        await world.settle()
    finally:
        await world.end()


class LoopStage(Stage):
    """A stage with a loop of its own."""

    def __init__(self, owner_url: str, reader_url: str, admin_url: str) -> None:
        super().__init__(owner_url, reader_url, admin_url)
        self._runner = asyncio.Runner()
        self.run(self.open())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def end(self) -> None:
        self.run(self.close())
        self._runner.close()


@pytest.fixture(scope="module")
async def log_stage(databases: Databases, postgres: str) -> AsyncIterator[Stage]:
    made = Stage(await databases.create("orders"), await databases.create("reporting"), postgres)
    await made.open()
    yield made
    await made.close()
