"""The relay's ledger: what it writes, over the connection that holds the lock, with an epoch."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from shared.db.direct import DirectConnection, close_direct
from shared.log.lanes import Lane, Mark
from shared.log.wire import COLUMNS, NumberedRow

RELAY_LOCK = 0x5F1EE72E1A  # the advisory lock of the one relay that leads

_LEAD = "UPDATE log_relay SET epoch = epoch + 1, led_since = now() RETURNING epoch"
_OUR_TURN = "SELECT now() FROM log_relay WHERE epoch = $1 FOR UPDATE"
_LOOK = """
    SELECT now(), EXISTS (SELECT FROM event_pending),
           (SELECT epoch FROM log_relay), (SELECT log_id FROM log_identity WHERE is_current)
"""
_LANES = """
    SELECT partition, last_sequence, mark_sequence, mark_offset, trimmed_sequence FROM log_lanes
    ORDER BY partition
"""
_SAVE_MARKS = """
    UPDATE log_lanes l SET mark_sequence = m.sequence, mark_offset = m.record_offset
    FROM unnest($1::smallint[], $2::bigint[], $3::bigint[]) AS m (partition, sequence,
                                                                record_offset)
    WHERE l.partition = m.partition
"""
_NUMBER = f"""
    WITH taken AS (
        DELETE FROM event_pending
        WHERE event_id IN (SELECT event_id FROM event_pending ORDER BY event_id LIMIT $1)
        RETURNING event_id, partition, received_at
    ), o AS (
        INSERT INTO event_order (partition, sequence, event_id, received_at)
        SELECT t.partition,
               l.last_sequence + row_number() OVER (PARTITION BY t.partition ORDER BY t.event_id),
               t.event_id, t.received_at
        FROM taken t JOIN log_lanes l USING (partition)
        RETURNING partition, sequence, event_id, received_at
    ), counted AS (
        UPDATE log_lanes l SET last_sequence = n.last
        FROM (SELECT partition, max(sequence) AS last FROM o GROUP BY partition) n
        WHERE l.partition = n.partition
    )
    SELECT {COLUMNS} FROM o JOIN event_log e ON e.id = o.event_id AND e.received_at = o.received_at
    ORDER BY o.partition, o.sequence
"""  # noqa: S608 - made of constants
_ABOVE = f"""
    SELECT {COLUMNS} FROM event_order o
    JOIN event_log e ON e.id = o.event_id AND e.received_at = o.received_at
    WHERE o.partition = $1 AND o.sequence > $2 ORDER BY o.sequence LIMIT $3
"""  # noqa: S608 - made of constants
_LOWEST = """
    SELECT partition, min(next_sequence) FROM log_readers
    WHERE log_id = $1 AND partition = ANY($2::smallint[]) GROUP BY partition
"""


class LeadershipLostError(Exception):
    """Another relay leads; whatever this one holds in memory is worth nothing."""


class LogChangedError(Exception):
    """The log got another identity while a relay led it: the owner's database was restored."""


class Look(NamedTuple):
    """Whether events wait to be numbered, of those committed before `now`.

    `now()` is when the transaction began, which is before its snapshot was taken: what was
    committed before is seen. Later clocks (statement, clock) would promise too much.
    """

    now: datetime
    is_waiting: bool


class Numbering(NamedTuple):
    """Rows just numbered, in order per partition.

    If `is_complete`, they and earlier ones are all that was committed before `at`.
    """

    at: datetime
    rows: list[NumberedRow]
    is_complete: bool


class Ledger:
    """Writes numbers and marks while it leads; every method raises when it does not any more.

    Two tasks of one relay may use it; they take turns.
    """

    def __init__(self, connection: DirectConnection, epoch: int, log_id: UUID) -> None:
        self._connection = connection
        self._epoch = epoch
        self._turn = asyncio.Lock()
        self.log_id = log_id

    @classmethod
    async def lead(cls, connection: DirectConnection) -> Self | None:
        """Take the lock if it is free; the epoch shuts out whoever held it before."""
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", RELAY_LOCK):
            return None
        epoch = await connection.fetchval(_LEAD)
        log_id = await connection.fetchval("SELECT log_id FROM log_identity WHERE is_current")
        return cls(connection, epoch, log_id)

    async def lanes(self) -> dict[int, Lane]:
        """Return the state of every partition."""
        async with self._turn:
            rows = await self._connection.fetch(_LANES)
        return {row[0]: Lane(*row) for row in rows}

    async def look(self) -> Look:
        """Ask cheaply whether there is work.

        Raises `LeadershipLostError` and `LogChangedError`.
        """
        async with self._turn:
            row = await self._connection.fetchrow(_LOOK)
        if row is None:
            raise LeadershipLostError("the database answers nothing")
        now, is_waiting, epoch, log_id = row
        if epoch != self._epoch:
            raise LeadershipLostError(f"epoch {epoch} follows {self._epoch}")
        if log_id != self.log_id:
            raise LogChangedError(f"log {log_id} follows {self.log_id}")
        return Look(now, is_waiting)

    async def number(self, marks: Iterable[Mark], limit: int) -> Numbering:
        """Save marks and number up to `limit` waiting events, in one transaction.

        `at` is older than the snapshot in which events are searched: nothing committed before it
        is missed. Raises `LeadershipLostError`.
        """
        async with self._turn, self._connection.transaction():
            at = await self._connection.fetchval(_OUR_TURN, self._epoch)
            if at is None:
                raise LeadershipLostError(f"epoch {self._epoch} is over")
            columns = [list(column) for column in zip(*marks, strict=True)]
            if columns:
                await self._connection.execute(_SAVE_MARKS, *columns)
            found = await self._connection.fetch(_NUMBER, limit)
        rows = [NumberedRow(*row) for row in found]
        return Numbering(at, rows, len(rows) < limit)

    async def above(self, partition: int, sequence: int, limit: int) -> list[NumberedRow]:
        """Return numbered events after a sequence number, in order."""
        async with self._turn:
            found = await self._connection.fetch(_ABOVE, partition, sequence, limit)
        return [NumberedRow(*row) for row in found]

    async def lowest_positions(self, partitions: Iterable[int]) -> Mapping[int, int]:
        """Return the lowest next sequence that a reader has stated, per partition."""
        async with self._turn:
            found = await self._connection.fetch(_LOWEST, self.log_id, list(partitions))
        return {row[0]: row[1] for row in found}

    async def close(self) -> None:
        """Let another lead."""
        await close_direct(self._connection)
