"""The relay's role: it leads, publishes, registers readers, and leads again after a fault."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from shared.log.progress import ProgressBoard
from shared.log.readers import registered_readers
from shared.log.relay_role import RelayRole
from shared.log.watermarks import ReaderProgress
from shared.log.writer import partition_of
from tests.support.broker import MemoryBroker
from tests.support.event_stream import OWNER, fact, state_facts
from tests.support.eventually import eventually
from tests.support.log_stage import Stage
from tests.support.log_world import TOPIC, World

PARTITION = partition_of("a")


async def test_the_role_publishes_soon_and_stops_when_told(log_stage: Stage) -> None:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin, readers=0)
    await world.end()
    broker, stop = MemoryBroker(), asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(RelayRole(OWNER, log_stage.owner, broker).run(stop))
        await eventually(lambda: broker.topics_held.get(TOPIC))
        await state_facts(log_stage.owner, fact("a"))
        await eventually(lambda: len(broker.log(TOPIC, PARTITION).records) == 1, within_seconds=3)
        stop.set()

    assert len(broker.log(TOPIC, PARTITION).records) == 1


async def test_the_role_leads_again_after_its_driver_lost_its_way(
    log_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin, readers=0)
    await world.end()
    broker, stop, whole = MemoryBroker(), asyncio.Event(), asyncpg.Connection.fetchrow
    failed = asyncio.Event()

    async def fails_once(connection: asyncpg.Connection, query: str, *args: object) -> object:
        if not failed.is_set():
            failed.set()
            raise asyncpg.InternalClientError("cannot switch to state 12")
        return await whole(connection, query, *args)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(RelayRole(OWNER, log_stage.owner, broker).run(stop))
        await eventually(lambda: broker.topics_held.get(TOPIC))
        monkeypatch.setattr(asyncpg.Connection, "fetchrow", fails_once)
        await asyncio.wait_for(failed.wait(), timeout=10)
        await state_facts(log_stage.owner, fact("a"))
        await eventually(lambda: len(broker.log(TOPIC, PARTITION).records) == 1)
        stop.set()

    assert len(broker.log(TOPIC, PARTITION).records) == 1


async def test_only_readers_of_this_log_are_registered(log_stage: Stage) -> None:
    world = World(log_stage.owner, log_stage.reading)
    await world.begin(log_stage.admin, readers=0)
    await world.end()
    broker, stop = MemoryBroker(), asyncio.Event()
    async with log_stage.owner.reading() as session:
        log_id = (await session.execute(text("SELECT log_id FROM log_identity"))).scalar_one()

    async def registered() -> list[str]:
        async with log_stage.owner.reading() as session:
            return [each.reader for each in await registered_readers(session)]

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(RelayRole(OWNER, log_stage.owner, broker).run(stop))
        board = ProgressBoard(broker)
        for reader, log in (("of-another-log", uuid4()), ("of-this-log", log_id)):
            progress = ReaderProgress(reader=reader, owner=OWNER, log_id=log, next_sequences={0: 1})
            await board.state([progress])
        await eventually(registered)
        stop.set()

    assert await registered() == ["of-this-log"]
