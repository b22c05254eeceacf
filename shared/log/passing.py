"""Up to which moment a reader has everything: owners' watermarks against its own positions."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import text

from shared.db.engine import Database
from shared.kafka.ports import Broker
from shared.kernel.clock import utc_now
from shared.log.acceptance import OwnerPart, Position
from shared.log.positions import keep_positions, load_positions, save_passed
from shared.log.progress import ProgressBoard
from shared.log.transience import is_transient
from shared.log.watermarks import OwnerProgress, Progress, ReaderProgress
from shared.observability import metrics

STATE_SECONDS = 1.0
_KEPT = 600  # watermarks per owner that wait to be passed

_PARKED = text("SELECT count(*) FROM dead_letters WHERE reader = :reader")

log = structlog.get_logger()


class Passing:
    """Keeps `log_passed`, states the reader's positions, and measures both, once a second.

    Any number of processes of a reader may do so: all of it follows from the database.
    """

    def __init__(
        self, reader: str, owners: Iterable[str], database: Database, broker: Broker
    ) -> None:
        self._reader = reader
        self._database = database
        self._broker = broker
        self._waiting: dict[str, deque[OwnerProgress]] = {owner: deque() for owner in owners}
        self._passed: dict[str, OwnerProgress] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Hear and state until told to stop."""
        board = ProgressBoard(self._broker)
        stated_at = 0.0
        try:
            while not stop.is_set():
                self.hear(await board.hear(within_seconds=STATE_SECONDS / 2))
                if monotonic() - stated_at >= STATE_SECONDS:
                    stated_at = monotonic()
                    await board.state(await self._try_pass())
        finally:
            await board.close()

    def hear(self, statements: Iterable[Progress]) -> None:
        """Remember owners' watermarks until they are passed."""
        for progress in statements:
            if isinstance(progress, OwnerProgress) and progress.owner in self._waiting:
                waiting = self._waiting[progress.owner]
                waiting.append(progress)
                if len(waiting) > _KEPT:  # every other is enough for a reader so far behind
                    self._waiting[progress.owner] = deque(list(waiting)[::2])

    async def advance(self) -> list[ReaderProgress]:
        """Write up to which moment all has taken effect; return the positions to state."""
        async with self._database.transaction() as session:
            await keep_positions(session, self._reader)
            positions = await load_positions(session, self._reader)
            for owner in self._waiting:
                newest = self._newest_passed(owner, positions)
                if newest is not None:
                    await save_passed(session, self._reader, owner, newest.log_id, newest.at)
            parked = (await session.execute(_PARKED, {"reader": self._reader})).scalar_one()
        metrics.dead_letters.labels(self._reader).set(parked)
        self._measure()
        return list(self._statements(positions))

    async def _try_pass(self) -> list[ReaderProgress]:
        try:
            return await self.advance()
        except Exception as error:
            if not is_transient(error):
                raise
            log.info("positions_not_stated", reader=self._reader, error=repr(error))
            return []

    def _newest_passed(
        self, owner: str, positions: Mapping[OwnerPart, Position]
    ) -> OwnerProgress | None:
        waiting = self._waiting[owner]
        position = positions.get(OwnerPart(owner, 0))
        log_id = None if position is None else position.log_id
        newest = None
        while waiting:
            if str(waiting[0].log_id).encode() != log_id:
                waiting.popleft()  # of a log that is not read (any more)
            elif _is_passed(waiting[0], positions):
                newest = waiting.popleft()
            else:
                break
        if newest is not None:
            self._passed[owner] = newest
        return newest

    def _measure(self) -> None:
        for owner, progress in self._passed.items():
            age = max((utc_now() - progress.at).total_seconds(), 0.0)
            metrics.watermark_age_seconds.labels(owner).set(age)
            metrics.consumer_lag_seconds.labels(self._reader, owner).set(age)

    def _statements(self, positions: Mapping[OwnerPart, Position]) -> Iterable[ReaderProgress]:
        for owner in self._waiting:
            ours = {
                part.partition: position
                for part, position in positions.items()
                if part.owner == owner
            }
            if ours:
                yield ReaderProgress(
                    reader=self._reader,
                    owner=owner,
                    log_id=UUID(ours[0].log_id.decode()),
                    next_sequences={number: x.next_sequence for number, x in ours.items()},
                )


def _is_passed(progress: OwnerProgress, positions: Mapping[OwnerPart, Position]) -> bool:
    for partition, sequence in progress.sequences.items():
        position = positions.get(OwnerPart(progress.owner, partition))
        if position is None or position.next_sequence <= sequence:
            return False
    return True
