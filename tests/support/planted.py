"""Bugs planted on purpose: each is what protocol.md warns of, and each must be caught."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kafka.ports import PublishFailedError, Stored
from shared.log.acceptance import Intake, Interest, OwnerPart, Position, Taken, accept
from shared.log.appliers import Applier, apply_all, apply_one
from shared.log.dead_letters import _OF_KEY, find_dead_letter
from shared.log.lanes import Lane
from shared.log.parking import Parking
from shared.log.positions import move_positions
from shared.log.relay import Relay
from shared.log.taking import Batch
from shared.log.wire import outgoing
from tests.support.broker import Crash
from tests.support.log_crashes import CrashingTaker


class PositionsBeforeEffects(CrashingTaker):
    async def commit(self, batch: Batch) -> None:
        async with self.database.transaction() as session:
            await move_positions(session, self.reader, batch.moved)
        self.die("between")
        async with self.database.transaction() as session:
            await self.effect(session, batch)


class EffectsBeforePositions(CrashingTaker):
    async def commit(self, batch: Batch) -> None:
        async with self.database.transaction() as session:
            await self.effect(session, batch)
        self.die("between")
        async with self.database.transaction() as session:
            await move_positions(session, self.reader, batch.moved)


def accept_any_sequence(
    part: OwnerPart, position: Position, records: Sequence[Any], interest: Interest
) -> Intake:
    """Whatever comes is the next."""
    intake = Intake(position, position.next_sequence, position.next_offset)
    for record in records:
        sequence = int(record.headers[1][1])
        lenient = Position(position.log_id, sequence, record.offset)
        found = accept(part, lenient, [record], interest)
        intake.taken += found.taken
        intake.next_sequence = max(intake.next_sequence, found.next_sequence)
        intake.next_offset = found.next_offset
    return intake


async def move_without_guard(
    session: AsyncSession, reader: str, intakes: Mapping[OwnerPart, Intake]
) -> None:
    for part, intake in intakes.items():
        await session.execute(
            text(
                "UPDATE log_positions SET next_sequence = :sequence, next_offset = :offset"
                " WHERE reader = :reader AND owner = :owner AND partition = :partition"
            ),
            {
                "reader": reader,
                "sequence": intake.next_sequence,
                "offset": intake.next_offset,
                **part._asdict(),
            },
        )


class SkipsOnError(Relay):
    """Counts a batch that failed as sent."""

    async def _acknowledge(self, stored: Mapping[int, Stored]) -> int:
        for lane in self.lanes.values():
            if lane.partition not in stored and lane.queue:
                count = min(len(lane.queue), self._limits.rows)
                lane.acknowledge(Stored(-1, count))
        return await super()._acknowledge(stored)


class IgnoresWipe(Relay):
    async def _send_again(self, lost: list[Lane]) -> None:
        for lane in lost:
            lane.offset = -1


class MarkIsHighestAck(Relay):
    """Sends one record at a time, goes on after a failure, and believes the last answer."""

    async def publish(self) -> int:
        await self._connect()
        count = 0
        for lane in self.lanes.values():
            for row in await self._ledger.above(lane.partition, lane.mark, 10):
                lane.push(row)
            for row in list(lane.queue):
                publisher = await self._broker.publisher()
                batch = {lane.partition: [outgoing(self.owner, row)]}
                try:
                    await publisher.publish(self._topic, batch)
                except PublishFailedError:
                    continue
                while lane.mark < row.sequence:
                    lane.acknowledge(Stored(-1, 1))
                count += 1
        return count


class LosesNumbering(Relay):
    """Publishes numbers that are not committed yet, and dies before they are."""

    async def number(self) -> int:
        connection: Any = self._ledger._connection
        try:
            async with connection.connection.transaction():
                if not await super().number():
                    return 0
                await self.publish()
                raise Crash("before the numbers were committed")
        finally:
            type(self).number = Relay.number  # type: ignore[method-assign]


class CachesHolds(CrashingTaker):
    """Reads who is held before the guard, and takes only a failed event for a hold."""

    cached: set[tuple[str, str]] | None = None

    async def look(self) -> None:
        async with self.database.reading() as session:
            rows = await session.execute(
                text("SELECT owner, key FROM dead_letters WHERE reason <> 'held'")
            )
            self.cached = {(owner, key) for owner, key in rows}

    async def effect(self, session: AsyncSession, batch: Batch) -> Parking:
        if self.cached is None:
            await self.look()
        parking = Parking(self.reader, self.cached or set(), self._limit)
        self.cached = None
        await apply_all(session, self._applier, batch.taken, parking)
        await parking.save(session)
        return parking


async def replay_by_key(
    session: AsyncSession, applier: Applier, letter_id: int, meanwhile: Any
) -> None:
    """Takes no lock and removes by key."""
    letter = await find_dead_letter(session, letter_id)
    parameters = {"reader": letter.reader, "key": letter.key, **letter.part._asdict()}
    rows = (await session.execute(_OF_KEY, parameters)).all()
    for _, sequence, type_, wire in rows:
        item = Taken(letter.part, sequence, type_.encode(), letter.key.encode(), bytes(wire))
        await apply_one(session, applier, item)
    await meanwhile()
    await session.execute(
        text("DELETE FROM dead_letters WHERE reader = :reader AND key = :key"),
        {"reader": letter.reader, "key": letter.key},
    )
