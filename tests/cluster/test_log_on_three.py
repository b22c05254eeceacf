"""Relay and readers on three nodes of Apache Kafka: members come and go, leaders and nodes fall."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts.catalogue import PARTITIONS, topic_of
from shared.kafka.access import KafkaAccess
from tests.support.apache_kafka import ApacheKafka
from tests.support.databases import Databases, database_for
from tests.support.event_stream import OWNER, make_effects
from tests.support.log_roles import Roles

pytestmark = [pytest.mark.db, pytest.mark.timeout(300)]

ARRIVAL_SECONDS = 90.0  # a node that is gone is noticed by its missing heartbeats


@pytest.fixture
async def stage(whole_cluster: ApacheKafka, databases: Databases) -> AsyncIterator[Roles]:
    access = KafkaAccess(bootstrap=whole_cluster.bootstrap, client="cluster", replication=3)
    async with (
        database_for(databases, "orders") as owner,
        database_for(databases, "reporting") as reading,
    ):
        await make_effects(reading)
        yield Roles(owner, reading, access)


class Rounds:
    """States a round now and again, whatever happens to the cluster meanwhile."""

    def __init__(self, stage: Roles) -> None:
        self.stated = 0
        self._stage = stage

    async def state(self, rounds: int) -> None:
        for _ in range(rounds):
            await self._stage.state_round(self.stated)
            self.stated += 1
            await asyncio.sleep(0.1)


async def test_members_that_come_and_go_lose_and_repeat_nothing(stage: Roles) -> None:
    rounds = Rounds(stage)
    async with stage.relay(), stage.reader():
        await rounds.state(5)
        await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
        async with stage.reader(), stage.reader():
            await rounds.state(20)
            await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
            await rounds.state(10)
        await rounds.state(10)
        await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
    async with stage.relay(), stage.reader():
        await rounds.state(1)
        await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
        await stage.published()


async def test_each_node_may_fall_in_turn(stage: Roles, whole_cluster: ApacheKafka) -> None:
    rounds = Rounds(stage)
    async with stage.relay(), stage.reader():
        await rounds.state(3)
        await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
        for node in whole_cluster.nodes:  # each leads some of the partitions
            node.kill()
            await rounds.state(5)
            await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
            await asyncio.to_thread(node.restart)
            await asyncio.to_thread(node.wait_until_it_knows, len(whole_cluster.nodes))
        await rounds.state(5)
        await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
        await stage.published()


async def test_what_a_lone_node_may_not_take_waits_in_the_database(
    stage: Roles, whole_cluster: ApacheKafka
) -> None:
    rounds = Rounds(stage)
    async with stage.relay(), stage.reader():
        await rounds.state(3)
        await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
        fallen = whole_cluster.nodes[1:]
        for node in fallen:
            node.kill()
        await rounds.state(5)  # accepted, though fewer than min.insync.replicas could store it
        for node in fallen:
            node.start()
        for node in fallen:
            await asyncio.to_thread(node.wait_until_it_knows, len(whole_cluster.nodes))
        await rounds.state(3)
        await stage.arrived(rounds.stated, within_seconds=ARRIVAL_SECONDS)
        await stage.published()


async def test_topics_are_kept_three_times_and_a_write_needs_two(
    stage: Roles, whole_cluster: ApacheKafka
) -> None:
    async with stage.relay(), stage.reader():
        await stage.state_round(0)
        await stage.arrived(1, within_seconds=ARRIVAL_SECONDS)

    admin = AIOKafkaAdminClient(bootstrap_servers=whole_cluster.bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic_of(OWNER)])
        resource = ConfigResource(ConfigResourceType.TOPIC, topic_of(OWNER))
        (answer,) = await admin.describe_configs([resource])
    finally:
        await admin.close()

    replicas = [part["replicas"] for part in described["partitions"]]
    assert len(replicas) == PARTITIONS
    assert set(map(len, replicas)) == {3}
    (_, _, _, _, entries) = answer.resources[0]
    settings = {entry[0]: entry[1] for entry in entries}
    assert settings["min.insync.replicas"] == "2"
    assert settings["unclean.leader.election.enable"] == "false"
