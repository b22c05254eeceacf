"""Keeping the log: months made ahead, and old ones dropped, never above the slowest reader."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MONTHS_AHEAD = 3

_EXISTING = text("""
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'event_log'::regclass ORDER BY c.relname
""")
_NEEDED = text("""
    SELECT l.partition, CAST(l.mark_sequence AS bigint),
           (SELECT min(r.next_sequence) FROM log_readers r
            WHERE r.partition = l.partition
              AND r.log_id = (SELECT log_id FROM log_identity WHERE is_current))
    FROM log_lanes l ORDER BY l.partition FOR UPDATE
""")
_HIGHEST = """
    SELECT o.partition, max(o.sequence) FROM {month} e
    JOIN event_order o ON o.event_id = e.id AND o.received_at = e.received_at
    GROUP BY o.partition
"""
_HAS_PENDING = """
    SELECT EXISTS (SELECT FROM event_pending p JOIN {month} e
                   ON e.id = p.event_id AND e.received_at = p.received_at)
"""
_TRIM = text("""
    UPDATE log_lanes SET trimmed_sequence = greatest(trimmed_sequence, :sequence)
    WHERE partition = :partition
""")
_FORGET = text("DELETE FROM event_order WHERE partition = :partition AND sequence <= :sequence")

NOTHING: Mapping[int, int] = MappingProxyType({})

log = structlog.get_logger()


async def make_months(session: AsyncSession, now: datetime) -> list[str]:
    """Create the partitions of the months to come; return the names of new ones.

    The month under way may already have rows in the rest, so it is left there.
    """
    existing = set((await session.execute(_EXISTING)).scalars())
    made = []
    for ahead in range(1, MONTHS_AHEAD + 1):
        begin, end = _month(now, ahead), _month(now, ahead + 1)
        name = f"event_log_{begin:%Y_%m}"
        if name not in existing:
            await session.execute(
                text(
                    f"CREATE TABLE {name} PARTITION OF event_log"
                    f" FOR VALUES FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
                )
            )
            made.append(name)
    return made


async def trim(
    session: AsyncSession, before: datetime, held: Mapping[int, int] = NOTHING
) -> list[str]:
    """Drop whole months that ended before a moment and that every reader has passed.

    Below the trim the feed answers 410. Nothing is trimmed while no reader is registered, or while
    one that is stands below; nor from the lowest number on, per partition, that is `held` in this
    database. Return the names of dropped months.
    """
    dropped: list[str] = []
    lanes = (await session.execute(_NEEDED)).all()
    if any(needed is None for _, _, needed in lanes):
        return dropped
    free = {
        partition: min(mark, needed - 1, held.get(partition, needed) - 1)
        for partition, mark, needed in lanes
    }
    for name in (await session.execute(_EXISTING)).scalars().all():
        if not _ended(name, before):
            continue
        rows = await session.execute(text(_HIGHEST.format(month=name)))
        highest = {row[0]: row[1] for row in rows}
        is_waiting = (await session.execute(text(_HAS_PENDING.format(month=name)))).scalar_one()
        if is_waiting or any(sequence > free[part] for part, sequence in highest.items()):
            break  # the months are dropped in their order
        for partition, sequence in sorted(highest.items()):
            wanted = {"partition": partition, "sequence": sequence}
            await session.execute(_TRIM, wanted)
            await session.execute(_FORGET, wanted)
        await session.execute(text(f"DROP TABLE {name}"))
        log.info("log_trimmed", month=name)
        dropped.append(name)
    return dropped


def _ended(name: str, before: datetime) -> bool:
    year, _, month = name.removeprefix("event_log_").partition("_")
    if not (year.isdigit() and month.isdigit()):
        return False  # the rest: rows from before the first month was made
    return _month(datetime(int(year), int(month), 1, tzinfo=UTC), 1) <= before


def _month(instant: datetime, ahead: int) -> datetime:
    """Return the first instant of the month `ahead` months after an instant's, in UTC."""
    months = instant.astimezone(UTC).year * 12 + instant.astimezone(UTC).month - 1 + ahead
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
