"""A client of the broker that is closed leaves nothing running, whatever the broker does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shared.kafka.ports import Source
from shopfleet.local.broker import EmbeddedBroker
from tests.support.eventually import eventually
from tests.support.postgres import scratch_folder

pytestmark = pytest.mark.kafka

TOPIC = "closing"


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with scratch_folder() as folder, EmbeddedBroker(folder, port=None) as started:
        yield started


def polled(source: Source) -> Callable[[], Awaitable[bool]]:
    async def is_assigned() -> bool:
        await source.fetch(within_seconds=0.1, limit=1)
        return bool(source.assigned)

    return is_assigned


@pytest.mark.parametrize("fault", [EmbeddedBroker.pause, EmbeddedBroker.kill])
async def test_a_member_is_gone_after_its_close(
    broker: EmbeddedBroker, fault: Callable[[EmbeddedBroker], None]
) -> None:
    cluster = KafkaCluster(KafkaAccess(bootstrap=broker.bootstrap, client="closing"))
    topics = await cluster.topics()
    await topics.ensure(TOPIC, 2)
    await topics.close()
    before = asyncio.all_tasks()
    member = await cluster.source("closing", [TOPIC])
    await eventually(polled(member), within_seconds=30)
    for part in member.assigned:
        member.seek(part, 0)
    await member.fetch(within_seconds=0.5, limit=1)

    fault(broker)
    await member.close()

    await eventually(lambda: not asyncio.all_tasks() - before)
