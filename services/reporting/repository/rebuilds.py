"""Rebuilds asked for, under way and done: every statement about them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_COLUMNS = """
    id, asked_by, asked_at, state, wish, wished_by, compared_at, rows_differing, differences,
    finished_at, detail
"""
_ASK = text(f"""
    INSERT INTO figure_rebuild (asked_by) VALUES (:asked_by)
    ON CONFLICT ((true)) WHERE finished_at IS NULL DO NOTHING RETURNING {_COLUMNS}
""")  # noqa: S608 - made of constants
_OPEN = text(f"SELECT {_COLUMNS} FROM figure_rebuild WHERE finished_at IS NULL")  # noqa: S608 - as above
_FIND = text(f"SELECT {_COLUMNS} FROM figure_rebuild WHERE id = :id")  # noqa: S608 - as above
_LOCK = text(f"SELECT {_COLUMNS} FROM figure_rebuild WHERE id = :id FOR UPDATE")  # noqa: S608 - as above
_LATEST = text(f"SELECT {_COLUMNS} FROM figure_rebuild ORDER BY id DESC LIMIT :limit")  # noqa: S608 - as above
_WISH = text("""
    UPDATE figure_rebuild SET wish = :wish, wished_by = :wished_by
    WHERE id = :id AND finished_at IS NULL
""")
_COMPARED = text("""
    UPDATE figure_rebuild SET state = 'compared', compared_at = clock_timestamp(),
           rows_differing = :rows, differences = :differences
    WHERE id = :id AND state = 'building'
""").bindparams(bindparam("differences", type_=JSONB))
_FINISH = text("""
    UPDATE figure_rebuild SET state = :state, finished_at = clock_timestamp(), detail = :detail
    WHERE id = :id AND finished_at IS NULL
""")


class Wish(StrEnum):
    """What somebody wants done with a rebuild."""

    SWAP = "swap"
    DROP = "drop"


class State(StrEnum):
    """How far a rebuild is; the last three are its ends."""

    BUILDING = "building"
    COMPARED = "compared"
    SWAPPED = "swapped"
    DROPPED = "dropped"
    FAILED = "failed"


class Rebuild(NamedTuple):
    """A second set of all figures; `differences` are per table, with examples of one store."""

    id: int
    asked_by: str
    asked_at: datetime
    state: str
    wish: str | None
    wished_by: str | None
    compared_at: datetime | None
    rows_differing: int | None
    differences: list[dict[str, Any]] | None
    finished_at: datetime | None
    detail: str | None

    @property
    def reader(self) -> str:
        """The name under which its positions stand: a rebuild is a reader of its own."""
        return f"reporting-rebuild-{self.id}"


async def ask_for_rebuild(session: AsyncSession, asked_by: str) -> Rebuild | None:
    """Ask for one; None if one is open."""
    row = (await session.execute(_ASK, {"asked_by": asked_by})).one_or_none()
    return None if row is None else Rebuild(*row)


async def open_rebuild(session: AsyncSession) -> Rebuild | None:
    """Return the one that is open, if any."""
    row = (await session.execute(_OPEN)).one_or_none()
    return None if row is None else Rebuild(*row)


async def find_rebuild(session: AsyncSession, rebuild_id: int) -> Rebuild | None:
    """Return one."""
    row = (await session.execute(_FIND, {"id": rebuild_id})).one_or_none()
    return None if row is None else Rebuild(*row)


async def lock_rebuild(session: AsyncSession, rebuild_id: int) -> Rebuild | None:
    """Return one; it stays as it is until the transaction ends."""
    row = (await session.execute(_LOCK, {"id": rebuild_id})).one_or_none()
    return None if row is None else Rebuild(*row)


async def latest_rebuilds(session: AsyncSession, limit: int) -> Sequence[Rebuild]:
    """Return the last ones, the newest first."""
    return [Rebuild(*row) for row in await session.execute(_LATEST, {"limit": limit})]


async def wish_for(session: AsyncSession, rebuild: Rebuild, wish: Wish, wished_by: str) -> None:
    """Note what is to be done with a rebuild."""
    await session.execute(_WISH, {"id": rebuild.id, "wish": wish, "wished_by": wished_by})


async def note_comparison(
    session: AsyncSession, rebuild: Rebuild, rows: int, differences: Sequence[dict[str, Any]]
) -> None:
    """Note what the comparison found."""
    values = {"id": rebuild.id, "rows": rows, "differences": list(differences)}
    await session.execute(_COMPARED, values)


async def finish_rebuild(
    session: AsyncSession, rebuild: Rebuild, state: State, detail: str | None = None
) -> None:
    """Note how a rebuild ended."""
    await session.execute(_FINISH, {"id": rebuild.id, "state": state, "detail": detail})
