"""From an owner's commit to a reader's effect over a real broker, also when it loses everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from shared.db.engine import Database
from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shared.kernel.clock import utc_now
from shared.log.passing import Passing
from shared.log.positions import passed
from shared.log.reader import Reader, Subscription
from shared.log.readers import registered_readers
from shared.log.relay_role import RelayRole
from shopfleet.local.broker import EmbeddedBroker
from tests.support.databases import Databases, database_for
from tests.support.event_stream import (
    OWNER,
    DirectFeed,
    Effects,
    effects_of,
    fact,
    make_effects,
    state_facts,
)
from tests.support.eventually import eventually
from tests.support.postgres import scratch_folder

READER = "end-to-end"
KEYS = [f"order-{number}" for number in range(20)]
ARRIVAL_SECONDS = 40.0


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "orders") as database:
        yield database


@pytest.fixture
async def reading(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "reporting") as database:
        await make_effects(database)
        yield database


@asynccontextmanager
async def running(owner: Database, reading: Database, bootstrap: str) -> AsyncIterator[Reader]:
    """Relay, reader and the reader's statements, as their roles run them."""
    broker = KafkaCluster(KafkaAccess(bootstrap=bootstrap, client="end-to-end"))
    reader = Reader(Subscription(READER, (OWNER,), Effects()), reading, broker, DirectFeed(owner))
    stop = asyncio.Event()
    roles = (
        RelayRole(OWNER, owner, broker),
        reader,
        Passing(READER, (OWNER,), reading, broker),
    )
    async with asyncio.TaskGroup() as tasks:
        for role in roles:
            tasks.create_task(role.run(stop))
        try:
            yield reader
        finally:
            stop.set()


async def state_round(owner: Database, number: int) -> None:
    await state_facts(owner, *[fact(key, number) for key in KEYS])


async def arrived(reading: Database, numbers: list[int]) -> None:
    async def has_all() -> bool:
        return await effects_of(reading) == dict.fromkeys(KEYS, numbers)

    await eventually(has_all, within_seconds=ARRIVAL_SECONDS)


async def test_events_arrive_in_order_and_are_passed(
    owner: Database, reading: Database, kafka: str
) -> None:
    for number in range(3):
        await state_round(owner, number)
    moment = utc_now()

    async with running(owner, reading, kafka) as reader:
        await arrived(reading, [0, 1, 2])
        await eventually(lambda: reader.is_ready, within_seconds=ARRIVAL_SECONDS)
        await state_round(owner, 3)
        await arrived(reading, [0, 1, 2, 3])

        async def is_passed() -> bool:
            async with reading.reading() as session:
                as_of = (await passed(session, READER, [OWNER]))[OWNER]
            return as_of is not None and as_of > moment - timedelta(seconds=1)

        async def is_registered() -> bool:
            async with owner.reading() as session:
                found = await registered_readers(session)
            return [(each.reader, int(each.taken)) for each in found] == [(READER, 80)]

        await eventually(is_passed)
        await eventually(is_registered)


async def test_a_broker_that_forgets_everything_loses_nothing(
    owner: Database, reading: Database
) -> None:
    with scratch_folder() as folder, EmbeddedBroker(Path(folder), port=None) as broker:
        async with running(owner, reading, broker.bootstrap):
            await state_round(owner, 0)
            await arrived(reading, [0])

            await asyncio.to_thread(broker.restart)
            await state_round(owner, 1)

            await arrived(reading, [0, 1])
