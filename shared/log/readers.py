"""The owner's list of readers: who has read how far, by their own statements."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.watermarks import ReaderProgress

_SAVE = text("""
    INSERT INTO log_readers (reader, partition, log_id, next_sequence)
    SELECT :reader, partition, CAST(:log_id AS uuid), next_sequence
    FROM unnest(CAST(:partitions AS smallint[]), CAST(:sequences AS bigint[]))
         AS p (partition, next_sequence)
    ORDER BY partition
    ON CONFLICT (reader, partition) DO UPDATE
    SET log_id = excluded.log_id, stated_at = now(), next_sequence =
        CASE WHEN log_readers.log_id = excluded.log_id
             THEN greatest(log_readers.next_sequence, excluded.next_sequence)
             ELSE excluded.next_sequence END
""")
_LIST = text("""
    SELECT reader, sum(next_sequence - 1) AS taken, count(*) AS partitions,
           min(stated_at) AS stated_at
    FROM log_readers GROUP BY reader ORDER BY reader
""")
_REMOVE = text("DELETE FROM log_readers WHERE reader = :reader")


class RegisteredReader(NamedTuple):
    """A reader that the log is kept for: events taken in all, and when it last said so."""

    reader: str
    taken: int
    partitions: int
    stated_at: datetime


async def save_reader_progress(session: AsyncSession, heard: Iterable[ReaderProgress]) -> None:
    """Register readers and move their positions, never back within one log."""
    newest = {(progress.reader, min(progress.next_sequences)): progress for progress in heard}
    for _, progress in sorted(newest.items()):
        parameters = {
            "reader": progress.reader,
            "log_id": progress.log_id,
            "partitions": list(progress.next_sequences),
            "sequences": list(progress.next_sequences.values()),
        }
        await session.execute(_SAVE, parameters)


async def registered_readers(session: AsyncSession) -> list[RegisteredReader]:
    """Return all readers that the log is kept for."""
    return [RegisteredReader(*row) for row in await session.execute(_LIST)]


async def remove_reader(session: AsyncSession, reader: str) -> bool:
    """Forget a reader that is gone for good, so that the log may be trimmed past it."""
    result = await session.execute(_REMOVE, {"reader": reader})
    return bool(result.rowcount)  # type: ignore[attr-defined]
