"""Dead letters: list, inspect, replay and discard what is parked.

Everything of a key waits behind its first parked event. Replay and discard take the lock that the
reader takes, and remove only the rows they read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.refusals import NotFoundError
from shared.log.acceptance import OwnerPart, Taken
from shared.log.appliers import Applier, apply_one, forget
from shared.log.positions import lock_position
from shared.log.transience import is_transient

_DETAIL = 2_000

_COLUMNS = """
    id, reader, owner, partition, sequence, key, type, reason, detail, attempts, parked_at, tried_at
"""
_LIST = text(f"""
    SELECT {_COLUMNS} FROM dead_letters
    WHERE id > :after AND (CAST(:reader AS text) IS NULL OR reader = :reader)
    ORDER BY id LIMIT :limit
""")  # noqa: S608 - made of constants
_FIND = text(f"SELECT {_COLUMNS} FROM dead_letters WHERE id = :id")  # noqa: S608 - as above
_WIRE = text("SELECT wire FROM dead_letters WHERE id = :id")
_OF_KEY = text("""
    SELECT id, sequence, type, wire FROM dead_letters
    WHERE reader = :reader AND owner = :owner AND partition = :partition AND key = :key
    ORDER BY sequence
""")
_REMOVE = text("DELETE FROM dead_letters WHERE id = ANY(:ids)")
_FAILED_AGAIN = text("""
    UPDATE dead_letters SET reason = 'failed', detail = :detail, attempts = attempts + 1,
           tried_at = clock_timestamp()
    WHERE id = :id
""")


class DeadLetter(NamedTuple):
    """A parked event; `reason` is undecodable, failed or held (behind another of its key)."""

    id: int
    reader: str
    owner: str
    partition: int
    sequence: int
    key: str
    type: str
    reason: str
    detail: str
    attempts: int
    parked_at: datetime
    tried_at: datetime

    @property
    def part(self) -> OwnerPart:
        """Where it stands in the owner's log."""
        return OwnerPart(self.owner, self.partition)


class Replayed(NamedTuple):
    """How many events of the key took effect, and why the next one failed, if one did."""

    applied: int
    remaining: int
    error: str | None


class DeadLetterMissingError(NotFoundError):
    """No such dead letter; it may have been replayed or discarded already."""

    kind = "dead-letter-missing"


async def list_dead_letters(
    session: AsyncSession, reader: str | None = None, *, after: int = 0, limit: int = 100
) -> list[DeadLetter]:
    """Return parked events in the order they were parked, after the id `after`."""
    rows = await session.execute(_LIST, {"reader": reader, "after": after, "limit": limit})
    return [DeadLetter(*row) for row in rows]


async def find_dead_letter(session: AsyncSession, letter_id: int) -> DeadLetter:
    """Return one; raises `DeadLetterMissingError`."""
    row = (await session.execute(_FIND, {"id": letter_id})).first()
    if row is None:
        raise DeadLetterMissingError(f"There is no dead letter {letter_id}.", id=letter_id)
    return DeadLetter(*row)


async def wire_of(session: AsyncSession, letter_id: int) -> bytes:
    """Return the event as it arrived; raises `DeadLetterMissingError`."""
    wire = (await session.execute(_WIRE, {"id": letter_id})).scalar_one_or_none()
    if wire is None:
        raise DeadLetterMissingError(f"There is no dead letter {letter_id}.", id=letter_id)
    return bytes(wire)


async def replay(session: AsyncSession, applier: Applier, letter_id: int) -> Replayed:
    """Let the parked events of the letter's key take effect, in order, until one fails.

    Only what took effect is removed, so that the key stays held behind one that fails. Raises
    `DeadLetterMissingError` and transient errors.
    """
    letter = await find_dead_letter(session, letter_id)
    await lock_position(session, letter.reader, letter.part)
    parameters = {"reader": letter.reader, "key": letter.key, **letter.part._asdict()}
    rows = (await session.execute(_OF_KEY, parameters)).all()
    done: list[int] = []
    failure: str | None = None
    for row_id, sequence, type_, wire in rows:
        item = Taken(letter.part, sequence, type_.encode(), letter.key.encode(), bytes(wire))
        failure = await _try(session, applier, item)
        if failure is not None:
            await session.execute(_FAILED_AGAIN, {"id": row_id, "detail": failure[:_DETAIL]})
            break
        done.append(row_id)
    await session.execute(_REMOVE, {"ids": done})
    forget(applier)
    return Replayed(len(done), len(rows) - len(done), failure)


async def discard(session: AsyncSession, letter_ids: Sequence[int]) -> list[DeadLetter]:
    """Give parked events up: they never take effect; return them.

    What is held behind them stays parked until it is replayed. Raises `DeadLetterMissingError`.
    """
    letters = [await find_dead_letter(session, letter_id) for letter_id in letter_ids]
    for reader, part in sorted({(letter.reader, letter.part) for letter in letters}):
        await lock_position(session, reader, part)
    found = [await find_dead_letter(session, letter.id) for letter in letters]
    await session.execute(_REMOVE, {"ids": [letter.id for letter in found]})
    return found


async def _try(session: AsyncSession, applier: Applier, item: Taken) -> str | None:
    try:
        await apply_one(session, applier, item)
    except Exception as error:
        if is_transient(error):
            raise
        return repr(error)
    return None
