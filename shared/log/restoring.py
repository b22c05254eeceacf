"""After an owner's database came back from an earlier moment: a new log, and readers begin again.

Both are commands of a service, for a human (docs/runbook.md, "Restoring an owner's database").
"""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.positions import lock_positions
from shared.log.writer import hold_writers

Discard = Callable[[AsyncSession], Awaitable[None]]
"""Deletes all that a reader has built; what it reads anew will build it again."""

_RETIRE = text("UPDATE log_identity SET is_current = false WHERE is_current RETURNING log_id")
_RENEW = text("""
    INSERT INTO log_identity (log_id) VALUES (gen_random_uuid()) RETURNING log_id
""")
_FORGET = (
    text("DELETE FROM dead_letters WHERE reader = :reader"),
    text("DELETE FROM log_passed WHERE reader = :reader"),
    text("DELETE FROM log_positions WHERE reader = :reader"),
)


async def renew_identity(session: AsyncSession) -> tuple[UUID, UUID]:
    """Give the log of this database a new identity; return the former and the new one.

    Whatever number the log had given out before, it may give out again: readers take nothing of
    the new log until they begin again with it. A relay at work stops leading.
    """
    await hold_writers(session)
    former: UUID = (await session.execute(_RETIRE)).scalar_one()
    log_id: UUID = (await session.execute(_RENEW)).scalar_one()
    return former, log_id


async def begin_again(session: AsyncSession, reader: str, discard: Discard) -> int:
    """Discard what a reader has built, and its positions: it will enrol at the first event.

    Begins with the reader's guard, so that it may be at work meanwhile: it rolls back what it has
    at hand. Dead letters go too; their events come again. Returns how many events it had read.
    """
    positions = await lock_positions(session, reader)
    await discard(session)
    for statement in _FORGET:
        await session.execute(statement, {"reader": reader})
    return sum(each.next_sequence - 1 for each in positions.values())
