"""What the log needs of a broker: the double, the embedded one and Apache Kafka do the same."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from time import monotonic
from uuid import uuid4

import pytest

from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shared.kafka.ports import (
    Broker,
    BrokerUnavailableError,
    Extent,
    Outgoing,
    Publisher,
    PublishFailedError,
    Source,
    Stored,
    TopicPart,
    Topics,
)
from tests.support.broker import MemoryBroker
from tests.support.eventually import eventually

PARTITIONS = 3
JOIN_SECONDS = 30.0


@pytest.fixture
def double() -> Broker:
    return MemoryBroker()


@pytest.fixture
def real(kafka: str) -> Broker:
    return KafkaCluster(KafkaAccess(bootstrap=kafka, client="contract"))


@pytest.fixture(params=["double", "real"])
def broker(request: pytest.FixtureRequest) -> Broker:
    chosen: Broker = request.getfixturevalue(request.param)
    return chosen


class Lines:
    """Opens what a test needs, on a topic of its own, and closes it at the end."""

    def __init__(self, broker: Broker, stack: AsyncExitStack) -> None:
        self.topic = f"contract-{uuid4().hex}"
        self._broker = broker
        self._stack = stack

    async def topics(self) -> Topics:
        topics = await self._broker.topics()
        self._stack.push_async_callback(topics.close)
        await topics.ensure(self.topic, PARTITIONS)
        return topics

    async def publisher(self) -> Publisher:
        publisher = await self._broker.publisher()
        self._stack.push_async_callback(publisher.close)
        return publisher

    async def source(self, opening: Awaitable[Source]) -> Source:
        source = await opening
        self._stack.push_async_callback(source.close)
        return source

    async def tail(self) -> Source:
        return await self.source(self._broker.tail(self.topic, PARTITIONS))

    async def member(self, group: str) -> Source:
        return await self.source(self._broker.source(group, [self.topic]))


@pytest.fixture
async def lines(broker: Broker) -> AsyncIterator[Lines]:
    async with AsyncExitStack() as stack:
        yield Lines(broker, stack)


def some_records(*values: bytes) -> list[Outgoing]:
    return [Outgoing(b"key", value, [("sequence", value), ("type", b"t")]) for value in values]


async def read_all(source: Source, count: int) -> dict[int, list[tuple[int, bytes | None]]]:
    found: dict[int, list[tuple[int, bytes | None]]] = {}

    async def has_read() -> bool:
        for part, records in (await source.fetch(within_seconds=0.2, limit=100)).items():
            pairs = [(record.offset, record.value) for record in records]
            found.setdefault(part.partition, []).extend(pairs)
        return sum(map(len, found.values())) >= count

    await eventually(has_read)
    return found


async def test_a_batch_lands_in_order_behind_the_one_before(lines: Lines) -> None:
    await lines.topics()
    publisher = await lines.publisher()

    first = await publisher.publish(
        lines.topic, {0: some_records(b"1", b"2"), 2: some_records(b"1")}
    )
    second = await publisher.publish(lines.topic, {0: some_records(b"3")})

    assert first == {0: Stored(0, 2), 2: Stored(0, 1)}
    assert second == {0: Stored(2, 1)}


async def test_records_come_back_as_they_were_sent(lines: Lines) -> None:
    await lines.topics()
    await (await lines.publisher()).publish(lines.topic, {1: some_records(b"1")})
    source = await lines.tail()

    source.seek(TopicPart(lines.topic, 1), 0)
    found = await eventually(lambda: source.fetch(within_seconds=0.2, limit=10))

    (record,) = found[TopicPart(lines.topic, 1)]
    assert (record.offset, record.key, record.value) == (0, b"key", b"1")
    assert list(record.headers) == [("sequence", b"1"), ("type", b"t")]


async def test_nothing_comes_before_a_seek(lines: Lines) -> None:
    await lines.topics()
    await (await lines.publisher()).publish(
        lines.topic, {0: some_records(b"1"), 1: some_records(b"1")}
    )
    source = await lines.tail()

    source.seek(TopicPart(lines.topic, 1), 0)

    assert await read_all(source, 1) == {1: [(0, b"1")]}
    assert await source.fetch(within_seconds=0.3, limit=10) == {}


async def test_a_seek_goes_anywhere_and_back(lines: Lines) -> None:
    await lines.topics()
    await (await lines.publisher()).publish(lines.topic, {0: some_records(b"1", b"2", b"3")})
    source = await lines.tail()
    part = TopicPart(lines.topic, 0)

    source.seek(part, 2)
    late = await read_all(source, 1)
    source.seek(part, 0)
    again = await read_all(source, 3)

    assert late == {0: [(2, b"3")]}
    assert again == {0: [(0, b"1"), (1, b"2"), (2, b"3")]}


async def test_a_limit_of_records_is_kept(lines: Lines) -> None:
    await lines.topics()
    await (await lines.publisher()).publish(lines.topic, {0: some_records(b"1", b"2", b"3")})
    source = await lines.tail()
    source.seek(TopicPart(lines.topic, 0), 0)

    found = await eventually(lambda: source.fetch(within_seconds=0.2, limit=2))

    assert [record.value for record in found[TopicPart(lines.topic, 0)]] == [b"1", b"2"]


async def test_an_extent_begins_at_the_oldest_and_ends_after_the_newest(lines: Lines) -> None:
    topics = await lines.topics()
    publisher = await lines.publisher()
    await publisher.publish(lines.topic, {0: some_records(b"1")})
    await publisher.publish(lines.topic, {0: some_records(b"2")})

    assert await topics.extents(lines.topic, [0, 1]) == {0: Extent(0, 2), 1: Extent(0, 0)}


async def test_a_source_knows_the_end_after_a_batch_of_several(lines: Lines) -> None:
    await lines.topics()
    await (await lines.publisher()).publish(lines.topic, {0: some_records(b"1", b"2", b"3")})
    source = await lines.tail()
    part = TopicPart(lines.topic, 0)
    source.seek(part, 0)
    await read_all(source, 3)

    assert await source.extents([part]) == {part: Extent(0, 3)}


async def test_a_look_finds_the_record_at_an_offset(lines: Lines) -> None:
    topics = await lines.topics()
    records = {0: some_records(b"1", b"2"), 1: some_records(b"1")}
    await (await lines.publisher()).publish(lines.topic, records)

    found = await topics.records_at(lines.topic, {0: 1, 1: 0})

    assert {number: record.value for number, record in found.items()} == {0: b"2", 1: b"1"}


async def test_a_look_past_the_end_finds_nothing(lines: Lines) -> None:
    topics = await lines.topics()
    await (await lines.publisher()).publish(lines.topic, {0: some_records(b"1")})

    assert await topics.records_at(lines.topic, {0: 5}) == {}


async def test_making_a_topic_again_changes_nothing(lines: Lines) -> None:
    topics = await lines.topics()
    await (await lines.publisher()).publish(lines.topic, {0: some_records(b"1")})

    await topics.ensure(lines.topic, PARTITIONS)

    assert (await topics.extents(lines.topic, [0]))[0].end == 1


async def test_a_topic_with_too_few_partitions_gets_the_rest(lines: Lines) -> None:
    topics = await lines.topics()

    await topics.ensure(lines.topic, PARTITIONS + 2)
    stored = await (await lines.publisher()).publish(lines.topic, {4: some_records(b"1")})

    assert stored == {4: Stored(0, 1)}


async def test_a_group_shares_partitions_and_waits_for_seeks(lines: Lines) -> None:
    await lines.topics()
    await (await lines.publisher()).publish(
        lines.topic, {0: some_records(b"1"), 1: some_records(b"1")}
    )
    member = await lines.member(f"group-{uuid4().hex}")

    await eventually(polled(member), within_seconds=JOIN_SECONDS)
    generation = member.generation
    assert await member.fetch(within_seconds=0.3, limit=10) == {}
    for part in member.assigned:
        member.seek(part, 0)

    assert {part.partition for part in member.assigned} == set(range(PARTITIONS))
    assert await read_all(member, 2) == {0: [(0, b"1")], 1: [(0, b"1")]}
    assert generation > 0


async def test_a_fetch_keeps_its_time_while_partitions_are_dealt(lines: Lines) -> None:
    await lines.topics()
    member = await lines.member(f"group-{uuid4().hex}")
    longest = 0.0

    async def is_assigned() -> bool:
        nonlocal longest
        began = monotonic()
        await member.fetch(within_seconds=0.1, limit=1)
        longest = max(longest, monotonic() - began)
        return bool(member.assigned)

    await eventually(is_assigned, within_seconds=JOIN_SECONDS)

    assert longest < 1.5


def polled(source: Source) -> Callable[[], Awaitable[bool]]:
    async def is_assigned() -> bool:
        await source.fetch(within_seconds=0.1, limit=1)
        return bool(source.assigned)

    return is_assigned


async def test_a_broker_that_is_away_is_said_to_be() -> None:
    nobody = KafkaCluster(KafkaAccess(bootstrap="127.0.0.1:9", client="contract"))

    with pytest.raises(BrokerUnavailableError):
        await nobody.publisher()


async def test_a_publisher_that_cannot_store_says_which_were_stored() -> None:
    broker = MemoryBroker()
    broker.refuse_next(1)
    publisher = await broker.publisher()

    with pytest.raises(PublishFailedError) as failed:
        await publisher.publish("t", {0: some_records(b"1"), 1: some_records(b"1")})

    assert failed.value.stored == {0: Stored(0, 1)}
