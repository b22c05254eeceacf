"""An owner's database comes back from an earlier moment: readers stop, then begin again."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from copy import deepcopy
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.clock import utc_now
from shared.log.passing import Passing
from shared.log.positions import load_positions, passed
from shared.log.restoring import begin_again, renew_identity
from shared.log.watermarks import OwnerProgress
from tests.support.event_stream import OWNER, effects_of
from tests.support.eventually import eventually
from tests.support.log_stage import Stage
from tests.support.log_world import READER, World

TABLES = ("event_log", "event_order", "event_pending", "log_lanes", "keys")

_WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Backup:
    """The owner's tables as they were, and what had been committed by then."""

    def __init__(self, world: World, admin: asyncpg.Connection) -> None:
        self._world = world
        self._admin = admin
        self._committed: dict[str, list[int]] = {}

    async def take(self) -> None:
        self._committed = deepcopy(dict(self._world.committed))
        for table in TABLES:
            await self._admin.execute(f"DROP TABLE IF EXISTS backup_{table}")
            await self._admin.execute(f"CREATE TEMP TABLE backup_{table} AS TABLE {table}")

    async def restore(self) -> None:
        """Let the database fall back; Kafka keeps what it was sent."""
        async with self._admin.transaction():
            for table in TABLES:
                await self._admin.execute(f"DELETE FROM {table}")
                await self._admin.execute(f"INSERT INTO {table} TABLE backup_{table}")
        self._world.committed = defaultdict(list, deepcopy(self._committed))
        await self._world.lead()


@pytest.fixture
async def world(log_stage: Stage) -> AsyncIterator[World]:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin)
    yield world
    await world.end()


@pytest.fixture
async def fallen(world: World, log_stage: Stage) -> World:
    """Two events and two lost ones were read; the owner has the first two alone."""
    backup = Backup(world, log_stage.admin[world.owner])
    await world.write("a", "b")
    await world.pump()
    await backup.take()
    await world.write("a", "c")
    await world.pump()
    await world.read()
    await backup.restore()
    return world


async def discard(session: AsyncSession) -> None:
    await session.execute(text("DELETE FROM effects"))


def why_stopped(world: World) -> str | None:
    healer = world.readers[0].healer
    assert healer is not None
    return healer.stopped.get(OWNER)


async def test_a_reader_that_begins_again_has_what_the_restored_owner_has(fallen: World) -> None:
    async with fallen.owner.transaction() as session:
        await renew_identity(session)
    await fallen.lead()
    await fallen.write("b", "c", "c")
    await fallen.pump()
    await fallen.read()
    await fallen.heal()
    before = await effects_of(fallen.reading)
    assert "log is" in (why_stopped(fallen) or "")

    async with fallen.reading.transaction() as session:
        assert await begin_again(session, READER, discard) == 4
    await fallen.heal()
    await fallen.settle()

    assert why_stopped(fallen) is None
    assert before == {"a": [1, 3], "b": [2], "c": [4]}
    assert await effects_of(fallen.reading) == {"a": [1], "b": [2, 5], "c": [6, 7]}


async def test_a_head_that_comes_past_the_position_is_not_trusted(fallen: World) -> None:
    await fallen.heal()
    assert "is behind" in (why_stopped(fallen) or "")

    await fallen.write(*"aaaccc")
    await fallen.pump()
    await fallen.heal()
    await fallen.read()

    assert "is behind" in (why_stopped(fallen) or "")
    assert await effects_of(fallen.reading) == {"a": [1, 3], "b": [2], "c": [4]}


async def test_an_event_keeps_its_name_in_a_new_log(fallen: World) -> None:
    before = [record for part in range(12) for record in await fallen.feed.page(OWNER, part, 0)]
    async with fallen.owner.transaction() as session:
        former, log_id = await renew_identity(session)

    after = [record for part in range(12) for record in await fallen.feed.page(OWNER, part, 0)]

    assert len(before) == len(after) == 2
    for old, new in zip(before, after, strict=True):
        assert old.value is not None
        assert new.value == old.value.replace(
            f'"logid":"{former}"'.encode(), f'"logid":"{log_id}"'.encode()
        )
        assert dict(new.headers)["log_id"] == str(log_id).encode()


async def test_what_was_passed_does_not_outlive_a_new_beginning(
    world: World, log_stage: Stage
) -> None:
    await world.write("a")
    await world.pump()
    await world.read()
    passing = Passing(READER, (OWNER,), world.reading, world.broker)
    admin = log_stage.admin[world.reading]
    async with world.reading.reading() as session:
        log_id = next(iter((await load_positions(session, READER)).values())).log_id.decode()

    async def pass_one(seconds_ago: int) -> None:
        at = utc_now() - timedelta(seconds=seconds_ago)
        passing.hear([OwnerProgress(owner=OWNER, log_id=UUID(log_id), at=at, sequences={})])
        await passing.advance()

    async def what_passed() -> object:
        async with world.reading.reading() as session:
            return (await passed(session, READER, [OWNER]))[OWNER]

    async def is_waiting() -> bool:
        return bool(await admin.fetchval(_WAITING))

    await pass_one(seconds_ago=2)
    assert await what_passed() is not None
    async with world.reading.transaction() as session:
        await begin_again(session, READER, discard)
        late = asyncio.create_task(pass_one(seconds_ago=1))
        await eventually(is_waiting)
    await late

    assert await what_passed() is None
