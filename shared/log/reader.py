"""The reader: takes an owner's events from Kafka, heals from the feed, says how far it is.

One loop does everything that moves positions; rebalances are only noticed by it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

import structlog

from shared.contracts.catalogue import topic_of
from shared.db.engine import Database
from shared.kafka.ports import (
    WAIT_SECONDS,
    Arrival,
    Broker,
    BrokerUnavailableError,
    Source,
    TopicPart,
)
from shared.log.acceptance import OwnerPart, Position
from shared.log.appliers import Applier
from shared.log.feed_client import Feed
from shared.log.heal import Healer
from shared.log.parking import ParkingLimit, TooManyDeadLettersError
from shared.log.pauses import pause_unless
from shared.log.positions import GuardLostError
from shared.log.restoring import Discard
from shared.log.taking import Batch, Taker
from shared.log.transience import is_transient
from shared.observability import metrics

FETCH_SECONDS = 0.2
FETCH_RECORDS = 20_000
FETCH_SLICE = 2_000  # records that are unpacked at a stretch
AHEAD_EVENTS = 1_000
"""From this size on a batch is worth preparing the next one beside it."""
HEAL_SECONDS = 2.0
RETRY_SECONDS = 0.5
REJOIN_SECONDS = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A reader of some owners' events; `reader` names its positions and its consumer group.

    `discard` deletes all it has built from them, if it can be built again. A reader of what comes
    rarely may let its fetches wait longer, which costs broker and reader less.
    """

    reader: str
    owners: tuple[str, ...]
    applier: Applier
    discard: Discard | None = None
    wait_seconds: float = WAIT_SECONDS


class Reader:
    """Runs one subscription in this process; others of the same name share its partitions."""

    def __init__(
        self,
        subscription: Subscription,
        database: Database,
        broker: Broker,
        feed: Feed | None,
        *,
        limit: ParkingLimit | None = None,
    ) -> None:
        self.name = subscription.reader
        self._owners = {topic_of(owner): owner for owner in subscription.owners}
        self._broker = broker
        self._wait_seconds = subscription.wait_seconds
        self.taker = Taker(self.name, database, subscription.applier, limit)
        self.healer = Healer(self.taker, feed, subscription.owners) if feed is not None else None
        self._source: Source | None = None
        self._ahead: Batch | None = None
        self._generation = -1
        self._parts: frozenset[TopicPart] = frozenset()
        self._joined_at = -REJOIN_SECONDS
        self._healed_at = -HEAL_SECONDS
        self.stopped = ""

    @property
    def is_ready(self) -> bool:
        """Whether partitions are assigned and loaded, and nothing stopped us."""
        return bool(self._parts) and not self.stopped

    @property
    def _is_healing_due(self) -> bool:
        return monotonic() - self._healed_at >= HEAL_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop; the batch at hand is finished and the group left.

        Too many dead letters stop it for good; it then waits for a human and the stop.
        """
        try:
            while not stop.is_set():
                try:
                    await self.step()
                except TooManyDeadLettersError as error:
                    self._halt(error)
                    await stop.wait()
                except Exception as error:
                    if not (isinstance(error, GuardLostError) or is_transient(error)):
                        raise
                    await self._recover(error, stop)
        finally:
            await self.leave()

    async def step(self) -> int:
        """Do one round: join, settle, fetch, take, heal; return how many events were accepted."""
        await self._join()
        accepted = 0
        if self._source is not None:
            accepted = await self._read(self._source)
        if self._is_healing_due and self._ahead is None:
            self._healed_at = monotonic()
            await self.heal()
        if self._source is None:
            await asyncio.sleep(FETCH_SECONDS)
        return accepted

    async def heal(self) -> None:
        """Close the difference to the heads through the feed, and look after the offsets."""
        if self.healer is not None:
            known = len(self.taker.tracks.positions)
            is_more = await self.healer.heal(self._ours())
            if len(self.taker.tracks.positions) != known:
                self._generation = -1  # enrolled: what is ours can be sought
            if is_more:
                self._healed_at = -HEAL_SECONDS
        if self._source is not None and self._generation == self._source.generation:
            await self._mend_offsets(self._source)

    async def leave(self) -> None:
        """Leave the group; positions stay."""
        source, self._source = self._source, None
        self._parts, self._ahead = frozenset(), None
        if source is not None:
            await source.close()

    async def _join(self) -> None:
        if self._source is not None or monotonic() - self._joined_at < REJOIN_SECONDS:
            return
        self._joined_at = monotonic()
        try:
            self._source = await self._broker.source(
                self.name, sorted(self._owners), wait_seconds=self._wait_seconds
            )
            self._generation = -1
        except BrokerUnavailableError as error:
            log.warning("broker_unavailable", reader=self.name, error=str(error))

    async def _read(self, source: Source) -> int:
        if source.generation != self._generation:
            self._ahead = None
            await self._settle(source)
        batch, self._ahead = self._ahead or await self._next(source), None
        if batch is None or source.generation != self._generation:
            return 0
        if batch.accepted < AHEAD_EVENTS or self._is_healing_due:
            return await self.taker.take_batch(batch)
        return await self._take_and_read_on(source, batch)

    async def _take_and_read_on(self, source: Source, batch: Batch) -> int:
        """Take a batch; the next is read and prepared meanwhile, and dropped if this one fails."""
        ahead = asyncio.ensure_future(self._next(source, after=batch))
        try:
            accepted = await self.taker.take_batch(batch)
            self._ahead = await ahead
        finally:
            ahead.cancel()
            await asyncio.wait({ahead})
        return accepted

    async def _next(self, source: Source, *, after: Batch | None = None) -> Batch | None:
        """Fetch and prepare what is next, after a batch that is being taken."""
        try:
            found = await _fetch(source)
        except BrokerUnavailableError as error:
            log.warning("broker_unavailable", reader=self.name, error=str(error))
            await self.leave()
            return None
        if not found or source.generation != self._generation:
            return None
        return await self.taker.prepare(self._wanted(found), after=after)

    def _wanted(
        self, found: Mapping[TopicPart, Sequence[Arrival]]
    ) -> dict[OwnerPart, Sequence[Arrival]]:
        return {
            self._owner_part(part): records
            for part, records in found.items()
            if part in self._parts and self._is_trusted(part)
        }

    async def _settle(self, source: Source) -> None:
        """Load the positions of what was dealt to us and go there; the loop does, no listener."""
        generation, parts = source.generation, source.assigned
        await self.taker.load()
        known = frozenset(p for p in parts if self._owner_part(p) in self.taker.tracks.positions)
        for part in known:
            source.seek(part, self._position(part).next_offset)
        self._parts, self._generation = known, generation

    async def _mend_offsets(self, source: Source) -> None:
        """Go back into the range that Kafka holds, and before a gap that was healed."""
        try:
            extents = await source.extents(self._parts)
        except BrokerUnavailableError as error:
            log.info("offsets_unknown", reader=self.name, error=str(error))
            return
        for part, extent in extents.items():
            position = self._position(part)
            wanted = self._healed_gap(part)
            if wanted is None and not extent.begin <= position.next_offset <= extent.end:
                wanted = extent.begin
            if wanted is not None:
                wanted = min(max(wanted, extent.begin), extent.end)
                position.next_offset = wanted
                source.seek(part, wanted)

    def _healed_gap(self, part: TopicPart) -> int | None:
        """Return where the record that is next should be, if a gap before it was healed.

        Records after the gap were dropped; without going back, a busy partition would see the
        next gap at once.
        """
        gap = self.taker.tracks.gaps.get(self._owner_part(part))
        if gap is None:
            return None
        sequence, offset = gap
        if sequence > self._position(part).next_sequence:
            return None
        del self.taker.tracks.gaps[self._owner_part(part)]
        return offset + self._position(part).next_sequence - sequence

    async def _recover(self, error: Exception, stop: asyncio.Event) -> None:
        """Drop what is remembered; the positions are loaded again before anything is read."""
        if isinstance(error, GuardLostError):
            metrics.guards_lost_total.labels(self.name).inc()
        log.warning("reader_rolled_back", reader=self.name, error=repr(error))
        self._generation = -1
        await pause_unless(stop, RETRY_SECONDS)

    def _halt(self, error: Exception) -> None:
        log.critical("reader_stopped", reader=self.name, error=str(error))
        self.stopped = str(error)
        for owner in self._owners.values():
            metrics.log_stopped.labels(self.name, owner).set(1)

    def _owner_part(self, part: TopicPart) -> OwnerPart:
        return OwnerPart(self._owners[part.topic], part.partition)

    def _position(self, part: TopicPart) -> Position:
        return self.taker.tracks.positions[self._owner_part(part)]

    def _is_trusted(self, part: TopicPart) -> bool:
        return self.healer is None or self._owners[part.topic] not in self.healer.stopped

    def _ours(self) -> frozenset[OwnerPart]:
        """All, as long as there is no broker to deal them."""
        if self._source is None:
            return frozenset(self.taker.tracks.positions)
        return frozenset(self._owner_part(part) for part in self._parts)


async def _fetch(source: Source) -> dict[TopicPart, list[Arrival]]:
    """Gather what is at hand, in slices, so that others may run in between.

    Raises `BrokerUnavailableError`.
    """
    found: dict[TopicPart, list[Arrival]] = {}
    count, patience = 0, FETCH_SECONDS
    while count < FETCH_RECORDS:
        slice_ = await source.fetch(within_seconds=patience, limit=FETCH_SLICE)
        if not slice_:
            break
        for part, records in slice_.items():
            found.setdefault(part, []).extend(records)
            count += len(records)
        patience = 0.0
        await asyncio.sleep(0)
    return found
