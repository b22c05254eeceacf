"""A reader's positions, in its own database: the guard of everything it does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.catalogue import PARTITIONS
from shared.log.acceptance import Intake, OwnerPart, Position

_CREATE = text("""
    INSERT INTO log_positions (reader, owner, partition, log_id)
    SELECT :reader, :owner, partition, CAST(:log_id AS uuid)
    FROM generate_series(0, :partitions - 1) AS partition ORDER BY partition
    ON CONFLICT (reader, owner, partition) DO NOTHING
""")
_LOAD = text("""
    SELECT owner, partition, log_id, next_sequence, next_offset FROM log_positions
    WHERE reader = :reader
""")
_MOVE = text("""
    WITH moves AS (
        SELECT * FROM unnest(
            CAST(:owners AS text[]), CAST(:partitions AS smallint[]), CAST(:log_ids AS uuid[]),
            CAST(:befores AS bigint[]), CAST(:sequences AS bigint[]), CAST(:offsets AS bigint[])
        ) AS m (owner, partition, log_id, before, next_sequence, next_offset)
    ), locked AS (
        SELECT owner, partition FROM log_positions p JOIN moves USING (owner, partition)
        WHERE p.reader = :reader ORDER BY owner, partition FOR NO KEY UPDATE OF p
    )
    UPDATE log_positions p SET next_sequence = m.next_sequence, next_offset = m.next_offset
    FROM moves m JOIN locked USING (owner, partition)
    WHERE p.reader = :reader AND p.owner = m.owner AND p.partition = m.partition
      AND p.log_id = m.log_id AND p.next_sequence = m.before
""")
_LOCK = text("""
    SELECT log_id FROM log_positions
    WHERE reader = :reader AND owner = :owner AND partition = :partition FOR UPDATE
""")
_LOCK_ALL = text("""
    SELECT owner, partition, log_id, next_sequence, next_offset FROM log_positions
    WHERE reader = :reader ORDER BY owner, partition FOR UPDATE
""")
_KEEP_ALL = text("""
    SELECT owner FROM log_positions
    WHERE reader = :reader AND partition = 0 ORDER BY owner FOR KEY SHARE
""")
_PASS = text("""
    INSERT INTO log_passed (reader, owner, log_id, as_of)
    VALUES (:reader, :owner, CAST(:log_id AS uuid), :as_of)
    ON CONFLICT (reader, owner) DO UPDATE
    SET as_of = excluded.as_of, log_id = excluded.log_id
    WHERE excluded.as_of > log_passed.as_of OR excluded.log_id <> log_passed.log_id
""")
_PASSED = text("SELECT owner, as_of FROM log_passed WHERE reader = :reader")


class GuardLostError(Exception):
    """Another process has moved these positions: roll back, drop caches, load them again."""


async def create_positions(session: AsyncSession, reader: str, owner: str, log_id: UUID) -> None:
    """Begin to read an owner's log at its first event; does nothing where a position is."""
    parameters = {"reader": reader, "owner": owner, "log_id": log_id, "partitions": PARTITIONS}
    await session.execute(_CREATE, parameters)


async def load_positions(session: AsyncSession, reader: str) -> dict[OwnerPart, Position]:
    """Return all positions of a reader."""
    return _positions(await session.execute(_LOAD, {"reader": reader}))


async def move_positions(
    session: AsyncSession, reader: str, intakes: Mapping[OwnerPart, Intake]
) -> None:
    """Move positions, locked in order, if each still stands where the intake began.

    The first statement of the transaction that has the effects. READ COMMITTED is right: the
    loser waits and finds the winner's position. Raises `GuardLostError`.
    """
    moves = [
        (
            part.owner,
            part.partition,
            intake.before.log_id.decode(),
            intake.before.next_sequence,
            intake.next_sequence,
            intake.next_offset,
        )
        for part, intake in intakes.items()
    ]
    names = ("owners", "partitions", "log_ids", "befores", "sequences", "offsets")
    columns = (list(column) for column in zip(*moves, strict=True))
    parameters = {"reader": reader, **dict(zip(names, columns, strict=True))}
    result = await session.execute(_MOVE, parameters)
    if result.rowcount != len(moves):  # type: ignore[attr-defined]
        raise GuardLostError(f"{reader}: {sorted(intakes)}")


async def lock_position(session: AsyncSession, reader: str, part: OwnerPart) -> None:
    """Take the lock that the reader takes, to change what is parked there."""
    await session.execute(_LOCK, {"reader": reader, **part._asdict()})


async def lock_positions(session: AsyncSession, reader: str) -> dict[OwnerPart, Position]:
    """Hold the whole guard of a reader until the transaction ends; return where it stands.

    Until then nothing takes effect, nor is anything replayed: what is read is of this very cut.
    """
    return _positions(await session.execute(_LOCK_ALL, {"reader": reader}))


async def keep_positions(session: AsyncSession, reader: str) -> None:
    """Let positions move but not be forgotten until the transaction ends.

    Who judges by positions holds this, or what he judged would outlive them (`begin_again`).
    """
    await session.execute(_KEEP_ALL, {"reader": reader})


async def save_passed(
    session: AsyncSession, reader: str, owner: str, log_id: UUID, as_of: datetime
) -> None:
    """Note that all the owner committed before `as_of` has taken effect."""
    parameters = {"reader": reader, "owner": owner, "log_id": log_id, "as_of": as_of}
    await session.execute(_PASS, parameters)


async def passed(
    session: AsyncSession, reader: str, owners: Iterable[str]
) -> dict[str, datetime | None]:
    """Return per owner the time before which all it committed has taken effect, None if unknown.

    Read it in the snapshot of the figures: it is written after the effects were committed.
    """
    rows = await session.execute(_PASSED, {"reader": reader})
    found = {row[0]: row[1] for row in rows}
    return {owner: found.get(owner) for owner in owners}


def _positions(rows: Iterable[Sequence[Any]]) -> dict[OwnerPart, Position]:
    return {
        OwnerPart(owner, partition): Position(str(log_id).encode(), sequence, offset)
        for owner, partition, log_id, sequence, offset in rows
    }
