"""The consumer: group membership with positions of our own; the broker's are never committed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from time import monotonic

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import IllegalStateError

from shared.kafka.deadlines import answered_within, close_or_cut
from shared.kafka.ports import Arrival, BrokerUnavailableError, Extent, TopicPart

_OFFSETS_SECONDS = 5.0
_FETCH_GRACE_SECONDS = 10.0
_DEAL_SECONDS = 45.0  # a join that takes longer is given up; the embedded broker takes up to nine


class PartsListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Pauses what was dealt until the loop has loaded its position, and counts the deals.

    It must be quick and must not raise: during a slow listener records from before a seek are
    given out, and an error in it is only logged.
    """

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.generation = 0
        self.dealing_since: float | None = monotonic()

    def assign(self, parts: Iterable[TopicPart]) -> None:
        """Take partitions without a group."""
        wanted = [TopicPartition(*part) for part in parts]
        self._consumer.assign(wanted)
        self._consumer.pause(*wanted)
        self.generation += 1
        self.dealing_since = None

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Count: what the loop has loaded is no longer its own."""
        del revoked
        self.generation += 1
        self.dealing_since = monotonic()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Pause until the loop seeks."""
        self._consumer.pause(*assigned)
        self.generation += 1
        self.dealing_since = None


class KafkaSource:
    """Implements `Source`."""

    def __init__(self, consumer: AIOKafkaConsumer, listener: PartsListener) -> None:
        self._consumer = consumer
        self._listener = listener

    @property
    def assigned(self) -> frozenset[TopicPart]:
        """Partitions that are ours at this moment."""
        return frozenset(TopicPart(*part) for part in self._consumer.assignment())

    @property
    def generation(self) -> int:
        """Grows whenever the partitions were dealt anew."""
        return self._listener.generation

    def seek(self, part: TopicPart, offset: int) -> None:
        """Go on at an offset."""
        wanted = TopicPartition(*part)
        if wanted not in self._consumer.assignment():
            return
        try:
            self._consumer.seek(wanted, offset)
            self._consumer.resume(wanted)
        except IllegalStateError:  # dealt away between the question and the seek
            return

    async def fetch(
        self, *, within_seconds: float, limit: int
    ) -> Mapping[TopicPart, Sequence[Arrival]]:
        """Return the next records; raises `BrokerUnavailableError`.

        While partitions are dealt the client's own fetch would wait for their end, however long.
        """
        since = self._listener.dealing_since
        if since is not None:
            if monotonic() - since > _DEAL_SECONDS:
                raise BrokerUnavailableError(f"no partitions within {_DEAL_SECONDS:g} s")
            await asyncio.sleep(within_seconds)
            return {}
        async with answered_within(within_seconds + _FETCH_GRACE_SECONDS):
            found: Mapping[TopicPartition, Sequence[Arrival]] = await self._consumer.getmany(
                timeout_ms=int(within_seconds * 1000), max_records=limit
            )
        return {TopicPart(*part): records for part, records in found.items()}

    async def extents(self, parts: Iterable[TopicPart]) -> dict[TopicPart, Extent]:
        """Return what partitions hold, of those that have answered a fetch.

        Asked for the end, the embedded broker names the offset after the first record of the last
        batch, not after its last; its answers to fetches are right. Raises
        `BrokerUnavailableError`.
        """
        fetched = {part: self._highwater(part) for part in parts}
        found = await extents_of(self._consumer, [part for part, end in fetched.items() if end])
        return {
            part: Extent(extent.begin, max(extent.end, fetched[part] or 0))
            for part, extent in found.items()
        }

    def _highwater(self, part: TopicPart) -> int | None:
        wanted = TopicPartition(*part)
        is_ours = wanted in self._consumer.assignment()
        return self._consumer.highwater(wanted) if is_ours else None

    async def close(self) -> None:
        """Leave the group."""
        await close_consumer(self._consumer)


async def close_consumer(consumer: AIOKafkaConsumer) -> None:
    """Leave the group and close; without a broker the leaving may take too long, and is cut."""
    coordinator, fetcher = consumer._coordinator, consumer._fetcher  # noqa: SLF001 - no other way
    parts = [consumer._client.close]  # noqa: SLF001
    if fetcher is not None:
        parts.insert(0, fetcher.close)
    if isinstance(coordinator, GroupCoordinator):
        parts.insert(0, coordinator._stop_heartbeat_task)  # noqa: SLF001
    await close_or_cut(consumer.stop(), *parts)


async def extents_of(
    consumer: AIOKafkaConsumer, parts: Iterable[TopicPart]
) -> dict[TopicPart, Extent]:
    """Ask for the first and the next offset of partitions; raises `BrokerUnavailableError`."""
    wanted = [TopicPartition(*part) for part in parts]
    if not wanted:
        return {}
    async with answered_within(_OFFSETS_SECONDS):
        begins = await consumer.beginning_offsets(wanted)
        ends = await consumer.end_offsets(wanted)
    return {
        TopicPart(*part): Extent(begins[part], ends[part])
        for part in wanted
        if part in begins and part in ends
    }
