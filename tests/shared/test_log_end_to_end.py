"""From an owner's commit to a reader's effect over a real broker, also when it loses everything."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.db.engine import Database
from shared.kafka.access import KafkaAccess
from shared.kernel.clock import utc_now
from shared.log.positions import passed
from shared.log.readers import registered_readers
from shopfleet.local.broker import EmbeddedBroker
from tests.support.databases import Databases, database_for
from tests.support.event_stream import OWNER, make_effects
from tests.support.eventually import eventually
from tests.support.log_roles import ARRIVAL_SECONDS, READER, Roles
from tests.support.postgres import scratch_folder


@pytest.fixture
async def owner(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "orders") as database:
        yield database


@pytest.fixture
async def reading(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "reporting") as database:
        await make_effects(database)
        yield database


def roles(owner: Database, reading: Database, bootstrap: str) -> Roles:
    return Roles(owner, reading, KafkaAccess(bootstrap=bootstrap, client="end-to-end"))


async def test_events_arrive_in_order_and_are_passed(
    owner: Database, reading: Database, kafka: str
) -> None:
    stage = roles(owner, reading, kafka)
    for number in range(3):
        await stage.state_round(number)
    moment = utc_now()

    async with stage.relay(), stage.reader() as reader:
        await stage.arrived(3)
        await eventually(lambda: reader.is_ready, within_seconds=ARRIVAL_SECONDS)
        await stage.state_round(3)
        await stage.arrived(4)

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
        stage = roles(owner, reading, broker.bootstrap)
        async with stage.relay(), stage.reader():
            await stage.state_round(0)
            await stage.arrived(1)

            await asyncio.to_thread(broker.restart)
            await stage.state_round(1)

            await stage.arrived(2)
