"""The broker double: keeps records in memory and fails as an adversary would have it.

It is held to the same scenarios as real brokers: tests/shared/test_broker_contract.py.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.kafka.ports import (
    Arrival,
    BrokerUnavailableError,
    Extent,
    Outgoing,
    PublishFailedError,
    Record,
    Stored,
    TopicPart,
)


class Crash(BaseException):
    """The process that was at work is dead; no error, since nobody is left to handle it."""


@dataclass
class Log:
    """What one partition holds; offsets begin at `begin`."""

    begin: int = 0
    records: list[Outgoing] = field(default_factory=list)

    @property
    def end(self) -> int:
        return self.begin + len(self.records)

    def store(self, records: Sequence[Outgoing]) -> int:
        base = self.end
        self.records.extend(records)
        return base

    def read(self, offset: int, limit: int) -> list[Record]:
        if not self.begin <= offset < self.end:
            return []
        start = offset - self.begin
        found = self.records[start : start + limit]
        return [Record(offset + n, r.key, r.value, list(r.headers)) for n, r in enumerate(found)]


class MemoryBroker:
    """Implements `Broker`; its faults are armed by the test and strike once each."""

    def __init__(self, *, everyone_has_all: bool = False) -> None:
        self.topics_held: dict[str, dict[int, Log]] = {}
        self.is_down = False
        self.members: dict[str, list[MemorySource]] = defaultdict(list)
        self.late: list[tuple[str, int, Sequence[Outgoing]]] = []
        self._everyone_has_all = everyone_has_all
        self._lost_acks = 0
        self._refused: set[int] = set()
        self._delayed: set[int] = set()
        self._crash: str | None = None

    def log(self, topic: str, partition: int) -> Log:
        return self.topics_held.setdefault(topic, {}).setdefault(partition, Log())

    # faults

    def lose_next_ack(self) -> None:
        """The next request is stored and nobody hears of it."""
        self._lost_acks = 1

    def refuse_next(self, partition: int) -> None:
        """The next batch of a partition is refused; others, and later ones, are stored."""
        self._refused.add(partition)

    def delay_next(self, partition: int) -> None:
        """The next batch of a partition is in doubt, and stored when `deliver_late` is called."""
        self._delayed.add(partition)

    def deliver_late(self) -> None:
        for topic, partition, records in self.late:
            self.log(topic, partition).store(records)
        self.late.clear()

    def crash_next_publish(self, when: str) -> None:
        """The publishing process dies `before` or `after` its request is stored."""
        self._crash = when

    def lose_tail(self, topic: str, partition: int, count: int) -> None:
        """Acknowledged records go; their offsets are given out again."""
        log = self.log(topic, partition)
        del log.records[max(len(log.records) - count, 0) :]

    def wipe(self, topic: str) -> None:
        """The topic is made anew: empty, offsets from 0."""
        for partition in self.topics_held.get(topic, {}):
            self.topics_held[topic][partition] = Log()

    def retain(self, topic: str, partition: int, count: int) -> None:
        """Retention takes all but the newest `count` records."""
        log = self.log(topic, partition)
        gone = max(len(log.records) - count, 0)
        del log.records[:gone]
        log.begin += gone

    def clear_faults(self) -> None:
        self._lost_acks, self._crash, self.is_down = 0, None, False
        self._refused.clear()
        self._delayed.clear()

    # what clients do

    def demand(self) -> None:
        if self.is_down:
            raise BrokerUnavailableError("down")

    async def publisher(self) -> "MemoryPublisher":
        self.demand()
        return MemoryPublisher(self)

    async def topics(self) -> "MemoryTopics":
        self.demand()
        return MemoryTopics(self)

    async def source(self, group: str, topics: Sequence[str], **_: object) -> "MemorySource":
        self.demand()
        source = MemorySource(self, group)
        self.members[group].append(source)
        source.topics = tuple(topics)
        self.deal(group)
        return source

    async def tail(self, topic: str, partitions: int) -> "MemorySource":
        self.demand()
        source = MemorySource(self, None)
        source.take({TopicPart(topic, number) for number in range(partitions)})
        return source

    def deal(self, group: str) -> None:
        """Give the partitions of a group's topics to its members anew."""
        members = self.members[group]
        for number, member in enumerate(members):
            parts = [
                TopicPart(topic, partition)
                for topic in member.topics
                for partition in self.topics_held.get(topic, {})
            ]
            share = parts if self._everyone_has_all else parts[number :: len(members)]
            member.take(set(share))

    def publish(self, topic: str, partition: int, records: Sequence[Outgoing]) -> Stored | None:
        """Store one batch; None leaves its sender in doubt."""
        if partition in self._refused:
            self._refused.discard(partition)
            return None
        if partition in self._delayed:
            self._delayed.discard(partition)
            self.late.append((topic, partition, list(records)))
            return None
        return Stored(self.log(topic, partition).store(records), len(records))

    def crash(self, when: str) -> None:
        if self._crash == when:
            self._crash = None
            raise Crash(f"{when} publishing")

    def take_lost_ack(self) -> bool:
        lost, self._lost_acks = self._lost_acks > 0, 0
        return lost


class MemoryPublisher:
    """Implements `Publisher`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._is_spoilt = False

    async def publish(
        self, topic: str, batches: Mapping[int, Sequence[Outgoing]]
    ) -> dict[int, Stored]:
        await asyncio.sleep(0)
        assert not self._is_spoilt, "a publisher in doubt was used again"
        if self._broker.is_down:
            raise self._fail({})
        self._broker.crash("before")
        answers = {
            partition: self._broker.publish(topic, partition, records)
            for partition, records in batches.items()
        }
        self._broker.crash("after")
        if self._broker.take_lost_ack():
            raise self._fail({})
        stored = {number: answer for number, answer in answers.items() if answer is not None}
        if len(stored) < len(answers):
            raise self._fail(stored)
        return stored

    def _fail(self, stored: Mapping[int, Stored]) -> PublishFailedError:
        self._is_spoilt = True
        return PublishFailedError("in doubt", stored)

    async def close(self) -> None:
        await asyncio.sleep(0)


class MemoryTopics:
    """Implements `Topics`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker

    async def ensure(self, topic: str, partitions: int, *, keep_hours: int | None = None) -> None:
        del keep_hours
        self._broker.demand()
        before = len(self._broker.topics_held.get(topic, {}))
        for number in range(partitions):
            self._broker.log(topic, number)
        if before < partitions:
            for group in list(self._broker.members):
                self._broker.deal(group)

    async def extents(self, topic: str, partitions: Iterable[int]) -> dict[int, Extent]:
        self._broker.demand()
        logs = {number: self._broker.log(topic, number) for number in partitions}
        return {number: Extent(log.begin, log.end) for number, log in logs.items()}

    async def records_at(self, topic: str, offsets: Mapping[int, int]) -> dict[int, Arrival]:
        self._broker.demand()
        found = {
            number: self._broker.log(topic, number).read(offset, 1)
            for number, offset in offsets.items()
        }
        return {number: records[0] for number, records in found.items() if records}

    async def close(self) -> None:
        await asyncio.sleep(0)


class MemorySource:
    """Implements `Source`; like the embedded broker, nothing is answered outside of the range."""

    def __init__(self, broker: MemoryBroker, group: str | None) -> None:
        self._broker = broker
        self._group = group
        self.topics: tuple[str, ...] = ()
        self._offsets: dict[TopicPart, int | None] = {}
        self.generation = 0
        self.before_fetch: Callable[[], None] = lambda: None

    @property
    def assigned(self) -> frozenset[TopicPart]:
        return frozenset(self._offsets)

    def take(self, parts: set[TopicPart]) -> None:
        self._offsets = dict.fromkeys(parts)
        self.generation += 1

    def seek(self, part: TopicPart, offset: int) -> None:
        if part in self._offsets:
            self._offsets[part] = offset

    async def fetch(
        self, *, within_seconds: float, limit: int
    ) -> Mapping[TopicPart, Sequence[Arrival]]:
        self.before_fetch()
        found = self._fetch(limit)
        if not found:
            await asyncio.sleep(min(within_seconds, 0.001))
        return found

    def _fetch(self, limit: int) -> dict[TopicPart, Sequence[Arrival]]:
        self._broker.demand()
        found: dict[TopicPart, Sequence[Arrival]] = {}
        for part, offset in sorted(self._offsets.items()):
            if offset is None:
                continue
            records = self._broker.log(*part).read(offset, limit)
            if records:
                found[part] = records
                self._offsets[part] = records[-1].offset + 1
                limit -= len(records)
            if limit <= 0:
                break
        return found

    async def extents(self, parts: Iterable[TopicPart]) -> dict[TopicPart, Extent]:
        self._broker.demand()
        logs = {part: self._broker.log(*part) for part in parts}
        return {part: Extent(log.begin, log.end) for part, log in logs.items()}

    async def close(self) -> None:
        if self._group is not None and self in self._broker.members[self._group]:
            self._broker.members[self._group].remove(self)
            self._broker.deal(self._group)
        self._offsets = {}
