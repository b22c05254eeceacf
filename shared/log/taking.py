"""Taking: accepted records take effect, with the positions, in one transaction, guard first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.kafka.ports import Arrival
from shared.kernel.clock import utc_now
from shared.log.acceptance import Intake, OwnerPart, Position, accept
from shared.log.appliers import Applier, apply_all, forget, interest_of
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

        Raises `GuardLostError`, transient errors and `TooManyDeadLettersError`; nothing took
        effect then, and `load` must be called.
        """
        intakes = {}
        for part in sorted(arrivals):
            position = self.tracks.positions.get(part)
            if position is not None:
                intakes[part] = accept(part, position, arrivals[part], self._interest)
        moved = {part: intake for part, intake in intakes.items() if _has_moved(intake)}
        if moved:
            started = monotonic()
            await self.commit(moved)
            metrics.batch_seconds.labels(self.reader).observe(monotonic() - started)
        self._remember(intakes, way)
        return sum(intake.accepted for intake in moved.values())

    async def commit(self, intakes: Mapping[OwnerPart, Intake]) -> None:
        """Guard, effects, parking and positions: together or not at all."""
        async with self.database.transaction() as session:
            await move_positions(session, self.reader, intakes)
            parking = await self.effect(session, intakes)
        parking.count()

    async def effect(self, session: AsyncSession, intakes: Mapping[OwnerPart, Intake]) -> Parking:
        """Apply or park what was accepted; holds are read here, after the guard."""
        parking = await Parking.open(session, self.reader, intakes, limit=self._limit)
        taken = [item for intake in intakes.values() for item in intake.taken]
        await apply_all(session, self._applier, taken, parking)
        await parking.save(session)
        return parking

    def _remember(self, intakes: Mapping[OwnerPart, Intake], way: str) -> None:
        now = monotonic()
        for part, intake in intakes.items():
            log_id = intake.before.log_id
            position = Position(log_id, intake.next_sequence, intake.next_offset)
            self.tracks.positions[part] = position
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


def _has_moved(intake: Intake) -> bool:
    return bool(intake.accepted) or intake.next_offset != intake.before.next_offset
