"""The relay: gives committed events their numbers and publishes them in that order.

Its steps are methods, so that tests can stop it between any two; `relay_role` runs them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from shared.contracts.catalogue import PARTITIONS, topic_of
from shared.kafka.ports import (
    Broker,
    BrokerUnavailableError,
    Outgoing,
    Publisher,
    PublishFailedError,
    Stored,
    Topics,
)
from shared.kernel.clock import utc_now
from shared.log.lanes import Lane
from shared.log.ledger import Ledger
from shared.log.losses import find_losses
from shared.log.watermarks import OwnerProgress
from shared.log.wire import NumberedRow, outgoing
from shared.observability import metrics

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """Bounds of one step; `resend` is how far back per partition a loss is sent again."""

    number: int = 5_000
    rows: int = 1_000
    batch_bytes: int = 900_000
    resend: int = 10_000


@dataclass(slots=True)
class _Line:
    """The connections to the broker; gone after the first doubt."""

    topics: Topics | None = None
    publisher: Publisher | None = None


@dataclass(slots=True)
class _Scan:
    """Everything committed before `until` is numbered, up to `sequences`."""

    until: datetime | None = None
    sequences: dict[int, int] = field(default_factory=dict)


class Relay:
    """The one active relay of an owner, for as long as its ledger leads.

    `number` and `publish` may run in two tasks. Sending twice is allowed; skipping is not.
    """

    def __init__(
        self, owner: str, ledger: Ledger, broker: Broker, limits: RelayLimits | None = None
    ) -> None:
        self.owner = owner
        self.lanes: dict[int, Lane] = {}
        self._ledger = ledger
        self._broker = broker
        self._limits = limits or RelayLimits()
        self._topic = topic_of(owner)
        self._line = _Line()
        self._scan = _Scan()

    async def begin(self) -> None:
        """Load the marks that the last leader wrote."""
        self.lanes = await self._ledger.lanes()

    async def number(self) -> int:
        """Give numbers to what waits, in id order, and save the marks; return how many got one.

        Raises `LeadershipLostError`, `LogChangedError` or an error of the connection: then this
        object is worth nothing any more.
        """
        look = await self._ledger.look()
        if not look.is_waiting:
            self._scanned(look.now)
            return 0
        unsaved = [lane.to_save() for lane in self.lanes.values() if not lane.is_saved]
        numbering = await self._ledger.number(unsaved, self._limits.number)
        self._saved(unsaved)
        for row in numbering.rows:
            self.lanes[row.partition].push(row)
        if numbering.is_complete:
            self._scanned(numbering.at)
        metrics.events_stated_total.labels(self.owner).inc(len(numbering.rows))
        return len(numbering.rows)

    async def save_marks(self) -> None:
        """Save marks that moved, for a relay that has nothing to number; raises as `number`."""
        unsaved = [lane.to_save() for lane in self.lanes.values() if not lane.is_saved]
        if unsaved:
            await self._ledger.number(unsaved, 0)
            self._saved(unsaved)

    async def publish(self) -> int:
        """Publish one batch per partition that is behind; return how many were acknowledged.

        Raises `BrokerUnavailableError` when there is no broker, and as `number`.
        """
        behind = [lane for lane in self.lanes.values() if lane.mark < lane.last]
        if not behind:
            return 0
        publisher = self._line.publisher or await self._connect()
        batches = await self._batches(behind)
        try:
            stored = await publisher.publish(self._topic, batches)
        except PublishFailedError as error:
            log.warning("publish_failed", owner=self.owner, error=str(error))
            metrics.publish_failures_total.labels(self.owner).inc()
            stored = error.stored
            await self.disconnect()
        return await self._acknowledge(stored)

    async def check(self) -> None:
        """Look whether the broker still holds what it acknowledged; what is lost is sent again.

        Raises `BrokerUnavailableError`, and as `number`.
        """
        if self._line.topics is None:
            await self._connect()
            return
        await self._look_for_losses(self._line.topics)

    def watermark(self) -> OwnerProgress | None:
        """Return the newest complete scan, None before the first."""
        if self._scan.until is None:
            return None
        return OwnerProgress(
            owner=self.owner,
            log_id=self._ledger.log_id,
            at=self._scan.until,
            sequences=self._scan.sequences,
        )

    def measure(self) -> None:
        """Show how far Kafka is behind the log."""
        behind = [lane for lane in self.lanes.values() if lane.mark < lane.last]
        metrics.event_log_pending.labels(self.owner).set(sum(x.last - x.mark for x in behind))
        oldest = min((x.queue[0].received_at for x in behind if x.queue), default=None)
        age = 0.0 if oldest is None else (utc_now() - oldest).total_seconds()
        metrics.event_log_oldest_age_seconds.labels(self.owner).set(max(age, 0.0))

    async def disconnect(self) -> None:
        """Drop the connections to the broker; the next step makes new ones."""
        line, self._line = self._line, _Line()
        if line.publisher is not None:
            await line.publisher.close()
        if line.topics is not None:
            await line.topics.close()

    async def _connect(self) -> Publisher:
        await self.disconnect()
        try:
            self._line.topics = await self._broker.topics()
            await self._look_for_losses(self._line.topics)
            self._line.publisher = await self._broker.publisher()
        except BrokerUnavailableError:
            await self.disconnect()
            raise
        return self._line.publisher

    async def _look_for_losses(self, topics: Topics) -> None:
        await topics.ensure(self._topic, PARTITIONS)
        lost = await find_losses(topics, self._topic, self._ledger.log_id, self.lanes.values())
        await self._send_again(lost)

    async def _batches(self, behind: Iterable[Lane]) -> dict[int, list[Outgoing]]:
        batches = {}
        for lane in behind:
            if not lane.queue:
                for row in await self._ledger.above(lane.partition, lane.mark, self._limits.rows):
                    lane.push(row)
            batches[lane.partition] = self._batch(lane.queue)
        return {partition: batch for partition, batch in batches.items() if batch}

    def _batch(self, rows: Iterable[NumberedRow]) -> list[Outgoing]:
        batch: list[Outgoing] = []
        size = 0
        for row in rows:
            size += len(row.payload)
            if batch and (size > self._limits.batch_bytes or len(batch) == self._limits.rows):
                break
            batch.append(outgoing(self.owner, row))
        return batch

    async def _acknowledge(self, stored: Mapping[int, Stored]) -> int:
        count = 0
        lost = []
        for partition, answer in stored.items():
            lane = self.lanes[partition]
            if lane.contradicts(answer):
                lost.append(lane)
            else:
                lane.acknowledge(answer)
                count += answer.count
        metrics.events_published_total.labels(self.owner).inc(count)
        await self._send_again(lost)
        return count

    async def _send_again(self, lost: list[Lane]) -> None:
        """Go back to the lowest position that a reader has stated, within the bound."""
        if not lost:
            return
        metrics.broker_losses_total.labels(self.owner).inc(len(lost))
        lowest = await self._ledger.lowest_positions([lane.partition for lane in lost])
        for lane in lost:
            wanted = lowest.get(lane.partition, 1) - 1
            bound = max(lane.last - self._limits.resend, lane.trimmed)
            lane.rewind(min(lane.mark, max(wanted, bound)))
        log.warning("broker_lost_events", owner=self.owner, partitions=[x.partition for x in lost])

    def _saved(self, marks: Iterable[tuple[int, int, int]]) -> None:
        for mark in marks:
            lane = self.lanes[mark[0]]
            lane.is_saved = lane.to_save() == mark

    def _scanned(self, until: datetime) -> None:
        self._scan.until = until
        self._scan.sequences = {lane.partition: lane.last for lane in self.lanes.values()}
