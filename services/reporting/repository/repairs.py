"""Repairs asked for, under way and done: every statement about them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_COLUMNS = """
    id, owner, store_id, asked_by, asked_at, started_at, finished_at, outcome, rows_changed, detail
"""
_ASK = text(f"""
    INSERT INTO figure_repair (owner, store_id, asked_by) VALUES (:owner, :store_id, :asked_by)
    ON CONFLICT (owner, store_id) WHERE finished_at IS NULL
    DO UPDATE SET asked_by = figure_repair.asked_by
    RETURNING {_COLUMNS}
""")  # noqa: S608 - made of constants
_ASK_FOR_DRIFTING = text("""
    INSERT INTO figure_repair (owner, store_id, asked_by)
    SELECT DISTINCT l.owner, l.store_id, 'system'
    FROM digest_line l JOIN digest_heard d USING (owner)
    WHERE l.suspected_at < d.stated_at - interval '1 minute'
      AND NOT EXISTS (
          SELECT FROM figure_repair r
          WHERE r.owner = l.owner AND r.store_id = l.store_id
            AND coalesce(r.finished_at, now()) > now() -
                CASE r.outcome WHEN 'failed' THEN interval '5 minutes' ELSE interval '1 hour' END
      )
    ORDER BY 1, 2 LIMIT :most
    ON CONFLICT (owner, store_id) WHERE finished_at IS NULL DO NOTHING
""")
_ASK_FOR_SOME = text("""
    INSERT INTO figure_repair (owner, store_id, asked_by)
    SELECT :owner, store_id, 'system' FROM unnest(CAST(:stores AS text[])) AS s (store_id)
    WHERE NOT EXISTS (
        SELECT FROM figure_repair r
        WHERE r.store_id = s.store_id AND coalesce(r.finished_at, now()) > now() -
              CASE r.outcome WHEN 'failed' THEN interval '5 minutes' ELSE interval '1 hour' END
    )
    ORDER BY store_id LIMIT :most
    ON CONFLICT (owner, store_id) WHERE finished_at IS NULL DO NOTHING
""")
_FORGET = text("DELETE FROM figure_repair WHERE finished_at < now() - interval '90 days'")
# Another process that began and has been silent for so long is taken for dead; should it live,
# the guard lets both do the same and the second one finds nothing to do.
_CLAIM = text(f"""
    UPDATE figure_repair SET started_at = clock_timestamp()
    WHERE id IN (
        SELECT id FROM figure_repair
        WHERE finished_at IS NULL
          AND (started_at IS NULL OR started_at < now() - interval '10 minutes')
        ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    )
    RETURNING {_COLUMNS}
""")  # noqa: S608 - made of constants
_FINISH = text("""
    UPDATE figure_repair SET finished_at = clock_timestamp(), outcome = :outcome,
           rows_changed = :rows_changed, detail = :detail
    WHERE id = :id AND finished_at IS NULL
""")
_LATEST = text(f"""
    SELECT {_COLUMNS} FROM figure_repair WHERE store_id = ANY(CAST(:stores AS text[]))
    ORDER BY id DESC LIMIT :limit
""")  # noqa: S608 - made of constants


class Outcome(StrEnum):
    """What became of a repair; `unchanged` found the sums to be what the owner's log says."""

    REPAIRED = "repaired"
    UNCHANGED = "unchanged"
    TRIMMED = "trimmed"
    FAILED = "failed"


class Repair(NamedTuple):
    """A store whose figures are to be made again, or were; `outcome` is None until then."""

    id: int
    owner: str
    store_id: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    rows_changed: int | None
    detail: str | None


async def ask_for(session: AsyncSession, owner: str, store_id: str, asked_by: str) -> Repair:
    """Ask for a store, or return what is asked already."""
    values = {"owner": owner, "store_id": store_id, "asked_by": asked_by}
    return Repair(*(await session.execute(_ASK, values)).one())


async def ask_for_drifting(session: AsyncSession, most: int) -> None:
    """Ask for stores that drift for certain and were not repaired lately; forget old repairs."""
    await session.execute(_ASK_FOR_DRIFTING, {"most": most})
    await session.execute(_FORGET)


async def ask_for_some(session: AsyncSession, owner: str, stores: Iterable[str], most: int) -> None:
    """Ask for those of these stores that were not repaired lately."""
    values = {"owner": owner, "stores": sorted(stores), "most": most}
    await session.execute(_ASK_FOR_SOME, values)


async def claim(session: AsyncSession, most: int) -> list[Repair]:
    """Return repairs that nobody works at, and note that somebody does now."""
    rows = await session.execute(_CLAIM, {"most": most})
    return sorted(Repair(*row) for row in rows)


async def finish(
    session: AsyncSession, repair: Repair, outcome: Outcome, rows_changed: int, detail: str | None
) -> None:
    """Note how a repair ended; the first one to say so is right."""
    values = {"outcome": outcome, "rows_changed": rows_changed, "detail": detail}
    await session.execute(_FINISH, {"id": repair.id, **values})


async def latest(session: AsyncSession, stores: Iterable[str], limit: int) -> Sequence[Repair]:
    """Return the last repairs of some stores, the newest first."""
    rows = await session.execute(_LATEST, {"stores": sorted(stores), "limit": limit})
    return [Repair(*row) for row in rows]
