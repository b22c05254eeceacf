"""Healing: what Kafka does not bring comes from the owner's feed, up to the head, gap or not.

Driven by the heads, not by a visible gap: a lost tail shows none. This alone is what makes the
log live; everything else makes it fast.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

import structlog

from shared.log.acceptance import OwnerPart, Position
from shared.log.feed_client import Feed, FeedHeads, FeedTrimmedError, FeedUnavailableError
from shared.log.positions import create_positions, load_positions
from shared.log.taking import Taker
from shared.observability import metrics

STILL_SECONDS = 2.0
"""How long nothing was accepted in a partition of ours before the feed is read."""
ABANDONED_SECONDS = 10.0
"""The same for a partition that is another member's, or nobody's."""
SLICE_SECONDS = 1.5

log = structlog.get_logger()


@dataclass(slots=True)
class Healer:
    """Compares positions with heads and closes the difference; owners it must not trust stop."""

    taker: Taker
    feed: Feed
    owners: tuple[str, ...]
    stopped: dict[str, str] = field(default_factory=dict)
    stopped_at: dict[str, Mapping[OwnerPart, Position]] = field(default_factory=dict)
    heads: dict[str, FeedHeads] = field(default_factory=dict)

    async def heal(self, ours: frozenset[OwnerPart], *, still: float = STILL_SECONDS) -> bool:
        """Read the feed for partitions that stand still behind their head.

        Works for a second or two; returns whether there is more to do at once. Raises as
        `Taker.take`.
        """
        await self._look(ours)
        deadline = monotonic() + SLICE_SECONDS
        for part, position in sorted(self.taker.tracks.positions.items()):
            patience = still if part in ours else max(still, ABANDONED_SECONDS)
            if not self._is_behind(part, position) or self._stood(part) < patience:
                continue
            if await self._read(part, deadline):
                return True
        return False

    async def _look(self, ours: frozenset[OwnerPart]) -> None:
        """Learn heads and positions; positions first, so that a head is never the older one."""
        seen = await self._positions(ours)
        for owner in self.owners:
            try:
                heads = await self.feed.heads(owner)
            except FeedUnavailableError as error:
                log.info("feed_unavailable", owner=owner, error=str(error))
                continue
            self.heads[owner] = heads
            if OwnerPart(owner, 0) not in seen:
                await self._enrol(owner, heads)
                self._go_on(owner)
            else:
                if self._is_anew(owner, seen):
                    self._go_on(owner)
                self._compare(owner, heads, seen)

    async def _positions(self, ours: frozenset[OwnerPart]) -> Mapping[OwnerPart, Position]:
        async with self.taker.database.reading() as session:
            found = await load_positions(session, self.taker.reader)
        known = self.taker.tracks.positions
        now = monotonic()
        for part, position in found.items():
            if part not in known or known[part].next_sequence != position.next_sequence:
                if part in known and part in ours:
                    self.taker.forget()
                known[part] = position  # another process moves it
                self.taker.tracks.moved_at[part] = now
        return found

    async def _enrol(self, owner: str, heads: FeedHeads) -> None:
        async with self.taker.database.transaction() as session:
            await create_positions(session, self.taker.reader, owner, heads.log_id)
        await self.taker.load()
        log.info("reader_enrolled", reader=self.taker.reader, owner=owner)

    def _compare(self, owner: str, heads: FeedHeads, seen: Mapping[OwnerPart, Position]) -> None:
        lag = 0
        for part, position in seen.items():
            if part.owner != owner:
                continue
            head = heads.sequences.get(part.partition, 0)
            if position.log_id != str(heads.log_id).encode():
                self._stop(owner, f"the log is {heads.log_id}, not {position.log_id.decode()}")
            elif head < position.next_sequence - 1:
                self._stop(owner, f"the head {head} is behind {position.next_sequence} of {part}")
            lag += max(head - position.next_sequence + 1, 0)
        metrics.consumer_lag_records.labels(self.taker.reader, owner).set(lag)

    def _stop(self, owner: str, why: str) -> None:
        if owner not in self.stopped:
            log.critical("owner_log_changed", reader=self.taker.reader, owner=owner, why=why)
            metrics.log_stopped.labels(self.taker.reader, owner).set(1)
            self.stopped_at[owner] = dict(self.taker.tracks.positions)
        self.stopped[owner] = why

    def _is_anew(self, owner: str, seen: Mapping[OwnerPart, Position]) -> bool:
        """Whether we were stopped, and somebody has let us begin again since.

        A head that has come past our position says nothing: its numbers were given out twice.
        """
        before = self.stopped_at.get(owner, {})
        return any(
            seen[part].log_id != old.log_id or seen[part].next_sequence < old.next_sequence
            for part, old in before.items()
            if part.owner == owner and part in seen
        )

    def _go_on(self, owner: str) -> None:
        if self.stopped.pop(owner, None) is not None:
            self.stopped_at.pop(owner, None)
            log.warning("owner_log_followed", reader=self.taker.reader, owner=owner)
            metrics.log_stopped.labels(self.taker.reader, owner).set(0)

    def _is_behind(self, part: OwnerPart, position: Position) -> bool:
        heads = self.heads.get(part.owner)
        if heads is None or part.owner in self.stopped:
            return False
        return heads.sequences.get(part.partition, 0) >= position.next_sequence

    def _stood(self, part: OwnerPart) -> float:
        return monotonic() - self.taker.tracks.moved_at.get(part, 0.0)

    async def _read(self, part: OwnerPart, deadline: float) -> bool:
        """Read pages up to the head; return whether the time was up before."""
        while self._is_behind(part, self.taker.tracks.positions[part]):
            if monotonic() > deadline:
                self.taker.tracks.moved_at[part] = 0.0  # it still stands: go on in the next slice
                return True
            after = self.taker.tracks.positions[part].next_sequence - 1
            try:
                records = await self.feed.page(part.owner, part.partition, after)
            except FeedUnavailableError as error:
                log.info("feed_unavailable", owner=part.owner, error=str(error))
                return False
            except FeedTrimmedError as error:
                self._stop(part.owner, str(error))
                return False
            if not await self.taker.take({part: records}, way="feed"):
                return False
        return False
