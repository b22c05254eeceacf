"""What the log expects of a broker, by plain clients: alike for the embedded one and Apache."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError, OffsetOutOfRangeError, TopicAlreadyExistsError

from tests.support.eventually import eventually
from tests.support.topics import create_topic

PARTITIONS = 12


@pytest.fixture
async def topic(kafka: str) -> str:
    name = f"trial-{uuid.uuid4().hex[:8]}"
    await create_topic(kafka, name, partitions=PARTITIONS)
    return name


@pytest.fixture
async def producer(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as started:
        yield started


@pytest.fixture
async def reader(kafka: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group, which says when an offset is out of range."""
    async with AIOKafkaConsumer(
        bootstrap_servers=kafka,
        group_id=None,
        auto_offset_reset="none",
        fetch_max_wait_ms=100,
    ) as started:
        yield started


async def read(consumer: AIOKafkaConsumer, count: int) -> list[ConsumerRecord]:
    records: list[ConsumerRecord] = []

    async def has_enough() -> bool:
        for batch in (await consumer.getmany(timeout_ms=200)).values():
            records.extend(batch)
        return len(records) >= count

    await eventually(has_enough)
    return records


async def send_values(producer: AIOKafkaProducer, place: TopicPartition, count: int) -> None:
    batch = producer.create_batch()
    for number in range(count):
        batch.append(key=b"key", value=b"%d" % number, timestamp=None)
    await (await producer.send_batch(batch, place.topic, partition=place.partition))


async def test_a_topic_has_the_partitions_asked_for(producer: AIOKafkaProducer, topic: str) -> None:
    assert await producer.partitions_for(topic) == set(range(PARTITIONS))


async def test_a_topic_is_created_once(kafka: str, topic: str) -> None:
    with pytest.raises(TopicAlreadyExistsError):
        await create_topic(kafka, topic, partitions=PARTITIONS)


async def test_records_come_back_in_order_with_their_headers(
    producer: AIOKafkaProducer, reader: AIOKafkaConsumer, topic: str
) -> None:
    place = TopicPartition(topic, 5)
    headers = [("log_id", b"\x00\xff"), ("sequence", b"1")]
    reader.assign([place])
    reader.seek(place, 0)

    sent = await producer.send_and_wait(topic, b"first", key=b"k", partition=5, headers=headers)
    await send_values(producer, place, 3)
    records = await read(reader, 4)

    assert sent.offset == 0
    assert [record.offset for record in records] == [0, 1, 2, 3]
    assert [record.value for record in records] == [b"first", b"0", b"1", b"2"]
    assert records[0].headers == tuple(headers)
    assert records[0].key == b"k"


async def test_the_end_is_above_the_first_record_of_the_last_batch(
    producer: AIOKafkaProducer, reader: AIOKafkaConsumer, topic: str
) -> None:
    full, empty = TopicPartition(topic, 0), TopicPartition(topic, 1)
    await send_values(producer, full, 3)
    await send_values(producer, full, 4)

    ends = await reader.end_offsets([full, empty])

    # the embedded broker says 4 here: it counts its last batch as one record
    assert 3 < ends[full] <= 7
    assert ends[empty] == 0
    assert await reader.beginning_offsets([full, empty]) == {full: 0, empty: 0}


@pytest.mark.parametrize("offset", [0, 7])
async def test_a_fetch_tells_the_exact_end(
    producer: AIOKafkaProducer, reader: AIOKafkaConsumer, topic: str, offset: int
) -> None:
    place = TopicPartition(topic, 6)
    await send_values(producer, place, 3)
    await send_values(producer, place, 4)
    reader.assign([place])

    reader.seek(place, offset)
    await reader.getmany(timeout_ms=500)

    assert reader.highwater(place) == 7


async def test_a_place_beyond_the_end_gives_no_records_and_is_found_out(
    producer: AIOKafkaProducer, reader: AIOKafkaConsumer, topic: str
) -> None:
    place = TopicPartition(topic, 7)
    await send_values(producer, place, 3)
    reader.assign([place])

    reader.seek(place, 100)
    try:
        records = await reader.getmany(timeout_ms=500)
    except OffsetOutOfRangeError:
        return  # Apache Kafka says it; the embedded broker is silent

    assert records == {}
    assert reader.highwater(place) == 3


async def test_a_seek_reads_again_from_there(
    producer: AIOKafkaProducer, reader: AIOKafkaConsumer, topic: str
) -> None:
    place = TopicPartition(topic, 2)
    await send_values(producer, place, 10)
    reader.assign([place])
    reader.seek(place, 0)
    await read(reader, 10)

    reader.seek(place, 7)
    records = await read(reader, 3)

    assert [record.offset for record in records] == [7, 8, 9]
    assert await reader.position(place) == 10


async def test_a_thousand_records_fit_into_one_batch(
    kafka: str, reader: AIOKafkaConsumer, topic: str
) -> None:
    place = TopicPartition(topic, 3)
    reader.assign([place])
    reader.seek(place, 0)

    async with AIOKafkaProducer(
        bootstrap_servers=kafka, acks="all", max_batch_size=1_000_000
    ) as producer:
        await send_values(producer, place, 1000)
    records = await read(reader, 1000)

    assert [int(record.value) for record in records] == list(range(1000))


async def test_a_producer_refuses_more_than_a_megabyte_by_itself(
    producer: AIOKafkaProducer, reader: AIOKafkaConsumer, topic: str
) -> None:
    place = TopicPartition(topic, 4)

    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait(topic, b"x" * 1_100_000, partition=4)

    assert await reader.end_offsets([place]) == {place: 0}


@asynccontextmanager
async def member(kafka: str, topic: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A member of a group that polls in the background, as members must."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        heartbeat_interval_ms=200,
    )

    async def poll() -> None:
        while not consumer._closed:
            await consumer.getmany(timeout_ms=100)

    async with consumer, asyncio.TaskGroup() as tasks:
        polling = tasks.create_task(poll())
        yield consumer
        polling.cancel()


async def test_two_members_of_a_group_share_all_partitions(kafka: str, topic: str) -> None:
    everything = {TopicPartition(topic, number) for number in range(PARTITIONS)}
    group = f"group-of-{topic}"

    async with member(kafka, topic, group) as first:
        await eventually(lambda: first.assignment() == everything, within_seconds=20)
        async with member(kafka, topic, group) as second:
            await eventually(
                lambda: len(first.assignment()) == len(second.assignment()) == PARTITIONS // 2,
                within_seconds=20,
            )

            assert first.assignment() | second.assignment() == everything
