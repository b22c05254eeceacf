"""Owners' logs told again from their first events, up to a reader's positions."""

import asyncio
from collections.abc import AsyncIterator, Container, Iterable, Mapping
from typing import NamedTuple, Self

import msgspec

from services.reporting.projections.fold import TYPES, fold
from services.reporting.projections.sums import Sums
from shared.contracts.catalogue import decoder_of
from shared.contracts.envelope import CloudEvent, Event
from shared.log.acceptance import Intake, Interest, OwnerPart, Position, Taken, accept
from shared.log.appliers import KNOWN
from shared.log.feed_client import Feed

_INTEREST = Interest(frozenset(name.encode() for name in TYPES), KNOWN)


class Place(NamedTuple):
    """Where an event stands in its owner's log; the key tells it from one of another log."""

    owner: str
    partition: int
    sequence: int
    key: str

    @classmethod
    def of(cls, item: Taken) -> Self:
        """Return the place of an event."""
        return cls(*item.part, item.sequence, item.key.decode(errors="replace"))


class Step(NamedTuple):
    """A page of a log: what it adds, how the position moves, and what was set aside."""

    sums: Sums
    part: OwnerPart
    intake: Intake
    aside: list[Taken]


class LogUnlikeError(Exception):
    """The feed is another log than the one the positions are of, or ends before them."""


class _Data(msgspec.Struct):
    store_id: str | None = None


class _Addressed(msgspec.Struct):
    data: _Data


_decode_addressed = msgspec.json.Decoder(_Addressed).decode


class Replay:
    """Reads owners' feeds once, from their first events, in as many steps as are asked for.

    Events that did not take effect (`away`) are set aside: some may have taken it by the next step.
    It goes on where an earlier one was (`done`); `stores` of None are all stores.
    """

    def __init__(
        self,
        feed: Feed,
        stores: Container[str] | None,
        *,
        done: Mapping[OwnerPart, Position] | None = None,
    ) -> None:
        self._feed = feed
        self._stores = stores
        self._done = dict(done or {})
        self._aside: dict[Place, Taken] = {}

    def missing(self, positions: Mapping[OwnerPart, Position]) -> int:
        """Return how many events are still to be read up to these positions."""
        return sum(
            position.next_sequence - self._begin(part, position).next_sequence
            for part, position in positions.items()
        )

    async def up_to(
        self, positions: Mapping[OwnerPart, Position], away: Container[Place]
    ) -> AsyncIterator[Step]:
        """Yield what the stores' events before these positions add, a page at a time.

        Raises `FeedUnavailableError`, `FeedTrimmedError`, `LogUnlikeError`, and msgspec's error for
        an event that is not away and cannot be decoded.
        """
        for part, position in sorted(positions.items()):
            while self._begin(part, position).next_sequence < position.next_sequence:
                yield await self._page(part, position, away)

    def back(self, away: Container[Place]) -> Sums:
        """Return what events add that were set aside and are away no longer."""
        return self.told(
            [self._aside.pop(place) for place in list(self._aside) if place not in away]
        )

    def told(self, items: Iterable[Taken]) -> Sums:
        """Return what the stores' events among these add."""
        return fold([_decoded(item) for item in items if self._concerns(item)])

    def _begin(self, part: OwnerPart, position: Position) -> Position:
        return self._done.get(part) or Position(position.log_id)

    async def _page(self, part: OwnerPart, position: Position, away: Container[Place]) -> Step:
        before = self._begin(part, position)
        page = await self._feed.page(part.owner, part.partition, before.next_sequence - 1)
        records = page[: position.next_sequence - before.next_sequence]
        intake = accept(part, before, records, _INTEREST)
        if not records or intake.accepted != len(records) or before.log_id != position.log_id:
            raise LogUnlikeError(f"{part}: nothing follows {before.next_sequence - 1} of its log")
        aside = [item for item in intake.taken if Place.of(item) in away]
        here = [item for item in intake.taken if Place.of(item) not in away]
        sums = self.told(here)
        self._aside.update((Place.of(item), item) for item in aside)
        self._done[part] = intake.after
        await asyncio.sleep(0)
        return Step(sums, part, intake, aside)

    def _concerns(self, item: Taken) -> bool:
        return self._stores is None or (_decode_addressed(item.wire).data.store_id in self._stores)


def _decoded(item: Taken) -> CloudEvent[Event]:
    return decoder_of(item.type.decode()).decode(item.wire)
