"""Three nodes of Apache Kafka: an acknowledged record outlives the node that took it."""

import uuid

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from tests.support.apache_kafka import ApacheKafka, KafkaNode
from tests.support.eventually import eventually

pytestmark = pytest.mark.timeout(240)


async def partition_of(kafka: ApacheKafka, topic: str) -> dict[str, list[int] | int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        ((partition,),) = [entry["partitions"] for entry in await admin.describe_topics([topic])]
    finally:
        await admin.close()
    found: dict[str, list[int] | int] = partition
    return found


async def leader_of(kafka: ApacheKafka, topic: str) -> KafkaNode:
    leader = (await partition_of(kafka, topic))["leader"]
    assert isinstance(leader, int)
    return kafka.nodes[leader - 1]


async def send(kafka: ApacheKafka, topic: str, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all") as producer:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)


async def values_in(kafka: ApacheKafka, topic: str) -> list[bytes]:
    place = TopicPartition(topic, 0)
    values: list[bytes] = []
    async with AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=None) as consumer:
        consumer.assign([place])
        consumer.seek(place, 0)
        end = (await consumer.end_offsets([place]))[place]
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                values += [record.value for record in records]
    return values


@pytest.fixture
async def topic(whole_cluster: ApacheKafka) -> str:
    name = f"trial-{uuid.uuid4().hex[:8]}"
    await whole_cluster.create_topic(name, partitions=1, replication=3)
    return name


async def test_acknowledged_records_outlive_a_killed_leader(
    whole_cluster: ApacheKafka, topic: str
) -> None:
    await send(whole_cluster, topic, [b"before"])

    (await leader_of(whole_cluster, topic)).kill()
    await send(whole_cluster, topic, [b"after"])

    assert await values_in(whole_cluster, topic) == [b"before", b"after"]


async def test_a_killed_node_catches_up(whole_cluster: ApacheKafka, topic: str) -> None:
    node = await leader_of(whole_cluster, topic)
    node.kill()
    await send(whole_cluster, topic, [b"missed"])

    node.restart()

    async def is_in_sync() -> bool:
        replicas = (await partition_of(whole_cluster, topic))["isr"]
        assert isinstance(replicas, list)
        return len(replicas) == 3

    assert await eventually(is_in_sync, within_seconds=60)


async def test_a_paused_leader_is_replaced(whole_cluster: ApacheKafka, topic: str) -> None:
    await send(whole_cluster, topic, [b"before"])
    paused = await leader_of(whole_cluster, topic)

    paused.pause()
    others = ",".join(
        f"127.0.0.1:{node.port}" for node in whole_cluster.nodes if node is not paused
    )

    async def has_another_leader() -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=others, request_timeout_ms=2000)
        await admin.start()
        try:
            (entry,) = await admin.describe_topics([topic])
        except Exception:  # noqa: BLE001 - it may have asked the paused one
            return False
        finally:
            await admin.close()
        leader: int = entry["partitions"][0]["leader"]
        return leader > 0 and whole_cluster.nodes[leader - 1] is not paused

    assert await eventually(has_another_leader, within_seconds=60)
    paused.resume()
    await send(whole_cluster, topic, [b"after"])
    assert await values_in(whole_cluster, topic) == [b"before", b"after"]
