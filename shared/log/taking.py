"""Taking: accepted records take effect, with the positions, in one transaction, guard first."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.kafka.ports import Arrival
from shared.kernel.clock import utc_now
from shared.log.acceptance import Intake, OwnerPart, Position, Taken, accept
from shared.log.appliers import (
    Applier,
    apply_all,
    apply_prepared,
    forget,
    interest_of,
    prepare_all,
)
from shared.log.parking import Parking, ParkingLimit
from shared.log.positions import load_positions, move_positions
from shared.log.wire import received_at
from shared.observability import metrics

log = structlog.get_logger()


@dataclass(slots=True)
class Tracks:
    """What a reader remembers between batches; worth nothing after a rollback."""

    positions: dict[OwnerPart, Position] = field(default_factory=dict)
    moved_at: dict[OwnerPart, float] = field(default_factory=dict)
    gaps: dict[OwnerPart, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """Records on their way; `prepared` is what the applier made of their events, if it could."""

    way: str
    intakes: dict[OwnerPart, Intake] = field(default_factory=dict)
    prepared: object | None = None

    @property
    def moved(self) -> dict[OwnerPart, Intake]:
        """The intakes that move their position."""
        return {part: intake for part, intake in self.intakes.items() if intake.has_moved}

    @property
    def taken(self) -> list[Taken]:
        """What is to take effect."""
        return [item for intake in self.intakes.values() for item in intake.taken]

    @property
    def accepted(self) -> int:
        """How many records were next in sequence."""
        return sum(intake.accepted for intake in self.intakes.values())


class Taker:
    """Takes records for one reader; one batch at a time."""

    def __init__(
        self, reader: str, database: Database, applier: Applier, limit: ParkingLimit | None = None
    ) -> None:
        self.reader = reader
        self.database = database
        self.tracks = Tracks()
        self._applier = applier
        self._interest = interest_of(applier)
        self._limit = limit or ParkingLimit()

    async def load(self) -> None:
        """Drop what is remembered and load the positions."""
        self.forget()
        async with self.database.reading() as session:
            positions = await load_positions(session, self.reader)
        old = self.tracks.positions
        now = monotonic()
        for part, position in positions.items():
            if part not in old or old[part].next_sequence != position.next_sequence:
                self.tracks.moved_at[part] = now
        self.tracks.positions = positions
        self.tracks.gaps.clear()

    def forget(self) -> None:
        """Let the applier drop its caches: another process moves what they were made from."""
        forget(self._applier)

    async def take(
        self, arrivals: Mapping[OwnerPart, Sequence[Arrival]], *, way: str = "kafka"
    ) -> int:
        """Take what is next in sequence; return how many events were accepted.

        Raises as `take_batch`.
        """
        return await self.take_batch(await self.prepare(arrivals, way=way))

    async def prepare(
        self,
        arrivals: Mapping[OwnerPart, Sequence[Arrival]],
        *,
        way: str = "kafka",
        after: Batch | None = None,
    ) -> Batch:
        """Accept what is next in sequence, and prepare it; nothing takes effect.

        `after` is a batch that is being taken: what follows it is next. If that fails, this one is
        worth nothing. Others may run in between.
        """
        batch = Batch(way)
        for part in sorted(arrivals):
            position = self._position(part, after)
            if position is not None:
                batch.intakes[part] = accept(part, position, arrivals[part], self._interest)
                await asyncio.sleep(0)
        batch.prepared = await prepare_all(self._applier, batch.taken)
        return batch

    async def take_batch(self, batch: Batch) -> int:
        """Let a batch take effect; return how many events were accepted.

        Raises `GuardLostError`, transient errors and `TooManyDeadLettersError`; nothing took
        effect then, and `load` must be called.
        """
        if batch.moved:
            started = monotonic()
            await self.commit(batch)
            metrics.batch_seconds.labels(self.reader).observe(monotonic() - started)
        self._remember(batch.intakes, batch.way)
        return batch.accepted

    async def commit(self, batch: Batch) -> None:
        """Guard, effects, parking and positions: together or not at all."""
        async with self.database.transaction() as session:
            await move_positions(session, self.reader, batch.moved)
            parking = await self.effect(session, batch)
        parking.count()

    async def effect(self, session: AsyncSession, batch: Batch) -> Parking:
        """Apply or park what was accepted; holds are read here, after the guard."""
        parking = await Parking.open(session, self.reader, batch.moved, limit=self._limit)
        is_ready = parking.is_empty and batch.prepared is not None
        if not (is_ready and await apply_prepared(session, self._applier, batch.prepared)):
            await apply_all(session, self._applier, batch.taken, parking)
        await parking.save(session)
        return parking

    def _position(self, part: OwnerPart, after: Batch | None) -> Position | None:
        if after is not None and part in after.intakes:
            return after.intakes[part].after
        return self.tracks.positions.get(part)

    def _remember(self, intakes: Mapping[OwnerPart, Intake], way: str) -> None:
        now = monotonic()
        for part, intake in intakes.items():
            self.tracks.positions[part] = intake.after
            if intake.accepted:
                self.tracks.moved_at[part] = now
                self.tracks.gaps.pop(part, None)
            if intake.gap is not None:
                self.tracks.gaps.setdefault(part, intake.gap)
            self._count(part.owner, intake, way)

    def _count(self, owner: str, intake: Intake, way: str) -> None:
        reader = self.reader
        if intake.accepted:
            metrics.events_accepted_total.labels(reader, owner, way).inc(intake.accepted)
        if intake.repeated:
            metrics.events_repeated_total.labels(reader, owner).inc(intake.repeated)
        if intake.gaps:
            metrics.event_gaps_total.labels(reader, owner).inc(intake.gaps)
        if intake.foreign:
            metrics.events_foreign_total.labels(reader, owner).inc(intake.foreign)
        if intake.unknown:
            metrics.events_unknown_total.labels(reader).inc(intake.unknown)
        if intake.taken:
            self._observe_delay(owner, intake)

    def _observe_delay(self, owner: str, intake: Intake) -> None:
        """Measure the newest event of the batch: a decoded one per partition is enough."""
        received = received_at(intake.taken[-1].wire)
        if received is not None:
            delay = (utc_now() - received).total_seconds()
            metrics.accept_to_visible_seconds.labels(self.reader, owner).observe(max(delay, 0.0))
