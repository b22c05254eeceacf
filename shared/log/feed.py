"""The feed, the owner's side: numbered events by partition and sequence, and how far they go."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.refusals import Refusal
from shared.log.wire import COLUMNS, NumberedRow, cloud_event

PAGE_EVENTS = 2_000
PAGE_BYTES = 8_000_000

_HEADS = text("""
    SELECT l.partition, l.last_sequence, l.trimmed_sequence,
           (SELECT log_id FROM log_identity WHERE is_current), now(),
           EXISTS (SELECT FROM event_pending)
    FROM log_lanes l ORDER BY l.partition
""")
_PAGE = text(f"""
    SELECT {COLUMNS} FROM event_order o
    JOIN event_log e ON e.id = o.event_id AND e.received_at = o.received_at
    WHERE o.partition = :partition AND o.sequence > :after ORDER BY o.sequence LIMIT :limit
""")  # noqa: S608 - made of constants


class TrimmedError(Refusal):
    """The events asked for are trimmed away: the reader has to be rebuilt from a backup."""

    kind = "log-trimmed"
    status = 410


class Heads(NamedTuple):
    """The last number of every partition, and what was trimmed.

    `at`, if not None: all that was committed before it has a number up to the heads.
    """

    log_id: UUID
    sequences: dict[int, int]
    trimmed: dict[int, int]
    at: datetime | None


class Page(NamedTuple):
    """Events of one partition, in sequence order, as they stand on the wire."""

    log_id: UUID
    head: int
    events: list[bytes]


async def read_heads(session: AsyncSession) -> Heads:
    """Return how far the log goes; `at` is when the transaction began, before its snapshot."""
    rows = (await session.execute(_HEADS)).all()
    return Heads(
        log_id=rows[0][3],
        sequences={row[0]: row[1] for row in rows},
        trimmed={row[0]: row[2] for row in rows if row[2]},
        at=None if rows[0][5] else rows[0][4],
    )


async def read_page(
    session: AsyncSession, owner: str, partition: int, *, after: int, limit: int = PAGE_EVENTS
) -> Page:
    """Return numbered events after a sequence number; a page holds some megabytes at most.

    Raises `TrimmedError` if events after `after` are trimmed away.
    """
    heads = await read_heads(session)
    if after < heads.trimmed.get(partition, 0):
        raise TrimmedError(
            f"The log of partition {partition} begins after {heads.trimmed[partition]}.",
            trimmed=heads.trimmed[partition],
        )
    wanted = {"partition": partition, "after": after, "limit": min(limit, PAGE_EVENTS)}
    events: list[bytes] = []
    size = 0
    for row in await session.execute(_PAGE, wanted):
        event = cloud_event(owner, NumberedRow(*row))
        size += len(event)
        if events and size > PAGE_BYTES:
            break
        events.append(event)
    return Page(heads.log_id, heads.sequences.get(partition, 0), events)
