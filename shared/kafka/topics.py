"""Topics: made with the right count of partitions, mended, and looked into."""

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.kafka.consumer import close_consumer, extents_of
from shared.kafka.deadlines import answered_within, close_quietly
from shared.kafka.ports import Arrival, BrokerUnavailableError, Extent, TopicPart

_ADMIN_SECONDS = 10.0
_LOOK_SECONDS = 3.0
_SAFE_REPLICATION = 3  # from here on one replica may be lost while writing goes on

log = structlog.get_logger()


class KafkaTopics:
    """Implements `Topics`; one user at a time."""

    def __init__(
        self, admin: AIOKafkaAdminClient, viewer: AIOKafkaConsumer, replication: int
    ) -> None:
        self._admin = admin
        self._viewer = viewer
        self._replication = replication

    async def ensure(self, topic: str, partitions: int, *, keep_hours: int | None = None) -> None:
        """Create the topic, or grow one that has too few partitions.

        The embedded broker makes a topic by itself, with four, when it is asked for one that a
        restart has wiped.
        """
        async with answered_within(_ADMIN_SECONDS):
            found = await self._count(topic)
            if found == 0:
                await self._create(topic, partitions, keep_hours)
            elif found < partitions:
                await self._grow(topic, partitions, keep_hours)

    async def _count(self, topic: str) -> int:
        for described in await self._admin.describe_topics():
            if described["topic"] == topic and described["error_code"] == 0:
                return len(described["partitions"])
        return 0

    async def _create(self, topic: str, partitions: int, keep_hours: int | None) -> None:
        config = {"cleanup.policy": "delete"}
        if keep_hours is not None:
            config["retention.ms"] = str(keep_hours * 3_600_000)
        if self._replication >= _SAFE_REPLICATION:
            config["min.insync.replicas"] = "2"
            config["unclean.leader.election.enable"] = "false"
        wanted = NewTopic(topic, partitions, self._replication, topic_configs=config)
        answer = await self._admin.create_topics([wanted])
        _raise_errors(answer.topic_errors, besides=TopicAlreadyExistsError)
        log.info("topic_created", topic=topic, partitions=partitions)

    async def _grow(self, topic: str, partitions: int, keep_hours: int | None) -> None:
        try:
            await self._admin.create_partitions({topic: NewPartitions(partitions)})
            grown = await self._count(topic) >= partitions
        except KafkaError as error:
            log.info("topic_cannot_grow", topic=topic, error=repr(error))
            grown = False
        if not grown:  # the relay sends again what a reader has not had, the feed gives the rest
            _raise_errors((await self._admin.delete_topics([topic])).topic_error_codes)
            await self._create(topic, partitions, keep_hours)
        log.warning("topic_had_too_few_partitions", topic=topic, partitions=partitions)

    async def extents(self, topic: str, partitions: Iterable[int]) -> dict[int, Extent]:
        """Return what partitions hold; raises `BrokerUnavailableError`."""
        parts = [TopicPart(topic, number) for number in partitions]
        found = await extents_of(self._viewer, parts)
        return {part.partition: extent for part, extent in found.items()}

    async def records_at(self, topic: str, offsets: Mapping[int, int]) -> dict[int, Arrival]:
        """Return the record at an offset of each partition, as far as read in time.

        Asked for an offset it does not hold, Apache Kafka sends the client to the first one; the
        embedded broker says nothing.
        """
        parts = {TopicPartition(topic, number): offset for number, offset in offsets.items()}
        answered: dict[TopicPartition, Arrival] = {}
        deadline = monotonic() + _LOOK_SECONDS
        async with answered_within(_LOOK_SECONDS * 2):
            self._viewer.assign(list(parts))
            for part, offset in parts.items():
                self._viewer.seek(part, offset)
            while len(answered) < len(parts) and monotonic() < deadline:
                for part, records in (await self._viewer.getmany(timeout_ms=200)).items():
                    answered.setdefault(part, records[0])
                    self._viewer.pause(part)
        return {
            part.partition: record
            for part, record in answered.items()
            if record.offset == parts[part]
        }

    async def close(self) -> None:
        """Close both connections."""
        await close_quietly(self._admin.close())
        await close_consumer(self._viewer)


def _raise_errors(outcomes: Iterable[Any], besides: type[KafkaError] | None = None) -> None:
    for topic, code, *_ in outcomes:
        error = for_code(code)
        if code and error is not besides:
            raise BrokerUnavailableError(f"{topic}: {error.__name__}")
