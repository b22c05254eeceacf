"""The cluster: opens publishers, sources and looks into topics."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.kafka.access import KafkaAccess
from shared.kafka.consumer import KafkaSource, PartsListener, close_consumer
from shared.kafka.deadlines import CLOSE_SECONDS, close_quietly
from shared.kafka.ports import WAIT_SECONDS, BrokerUnavailableError, TopicPart
from shared.kafka.producer import MAX_BATCH_BYTES, REQUEST_SECONDS, KafkaPublisher
from shared.kafka.topics import KafkaTopics

START_SECONDS = 10.0
FETCH_BYTES = 8 * 1024 * 1024
PARTITION_FETCH_BYTES = 2 * 1024 * 1024
TAIL_WAIT_SECONDS = 0.5  # of statements that come once a second
JOIN_SECONDS = 30  # the embedded broker answers a member that joins only after many seconds
METADATA_SECONDS = 5  # how late a changed leader or partition count may be noticed

Client = TypeVar("Client", AIOKafkaConsumer, AIOKafkaProducer, AIOKafkaAdminClient)


class KafkaCluster:
    """Speaks to the brokers of `access`; implements `Broker`."""

    def __init__(self, access: KafkaAccess) -> None:
        self._access = access

    async def publisher(self) -> KafkaPublisher:
        """Return a plain producer that waits for all in-sync replicas."""
        producer = AIOKafkaProducer(
            **self._access.options(),
            acks="all",
            max_batch_size=MAX_BATCH_BYTES,
            max_request_size=MAX_BATCH_BYTES,
            request_timeout_ms=int(REQUEST_SECONDS * 1000),
            metadata_max_age_ms=METADATA_SECONDS * 1000,
        )
        return KafkaPublisher(await _started(producer, producer.start(), producer.stop))

    async def topics(self) -> KafkaTopics:
        """Return a look into topics."""
        timeout = int(REQUEST_SECONDS * 1000)
        admin = AIOKafkaAdminClient(**self._access.options(), request_timeout_ms=timeout)
        await _started(admin, admin.start(), admin.close)
        viewer = self._consumer(group=None)
        try:
            await _started(viewer, viewer.start(), partial(close_consumer, viewer))
        except BrokerUnavailableError:
            await close_quietly(admin.close())
            raise
        return KafkaTopics(admin, viewer, self._access.replication)

    async def source(
        self, group: str, topics: Sequence[str], *, wait_seconds: float = WAIT_SECONDS
    ) -> KafkaSource:
        """Join a group; its members share the partitions of the topics."""
        consumer = self._consumer(group=group, wait_seconds=wait_seconds)
        listener = PartsListener(consumer)
        await _started(consumer, consumer.start(), partial(close_consumer, consumer))
        # after the start, which would else wait until partitions are dealt
        consumer.subscribe(list(topics), listener=listener)
        return KafkaSource(consumer, listener)

    async def tail(self, topic: str, partitions: int) -> KafkaSource:
        """Read all partitions of a topic, without a group."""
        consumer = self._consumer(group=None, wait_seconds=TAIL_WAIT_SECONDS)
        listener = PartsListener(consumer)
        await _started(consumer, consumer.start(), partial(close_consumer, consumer))
        parts = [TopicPart(topic, number) for number in range(partitions)]
        listener.assign(parts)
        return KafkaSource(consumer, listener)

    def _consumer(self, group: str | None, wait_seconds: float = WAIT_SECONDS) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **self._access.options(),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_bytes=FETCH_BYTES,
            max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
            fetch_max_wait_ms=int(wait_seconds * 1000),
            request_timeout_ms=JOIN_SECONDS * 1000,
            metadata_max_age_ms=METADATA_SECONDS * 1000,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
            rebalance_timeout_ms=10_000,
        )


async def _started(
    client: Client, starting: Awaitable[object], stop: Callable[[], Awaitable[object]]
) -> Client:
    try:
        async with asyncio.timeout(START_SECONDS):
            await starting
    except (KafkaError, OSError, TimeoutError) as error:
        await close_quietly(stop(), within_seconds=2 * CLOSE_SECONDS)
        raise BrokerUnavailableError(f"no broker at hand: {error!r}") from error
    return client
