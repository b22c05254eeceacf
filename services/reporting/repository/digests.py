"""Owners' digests beside the sums: every statement about them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.log import DigestLine

_KEEP = text("""
    INSERT INTO digest_line (owner, store_id, hour, kind, count, sum_minor, stated_at)
    SELECT :owner, store_id, hour, kind, count, sum_minor, :stated_at
    FROM unnest(CAST(:stores AS text[]), CAST(:hours AS timestamptz[]), CAST(:kinds AS text[]),
                CAST(:counts AS bigint[]), CAST(:sums AS bigint[]))
        AS l (store_id, hour, kind, count, sum_minor)
    ORDER BY store_id, hour, kind
    ON CONFLICT (owner, store_id, hour, kind) DO UPDATE
    SET count = excluded.count, sum_minor = excluded.sum_minor, stated_at = excluded.stated_at,
        suspected_at = NULL
""")
_HEAR = text("""
    INSERT INTO digest_heard (owner, stated_at) VALUES (:owner, :stated_at)
    ON CONFLICT (owner) DO UPDATE SET stated_at = excluded.stated_at
""")
# The columns that hold what a digest of orders speaks of: by the hour the order was placed in.
_HELD = """
    SELECT store_id, hour, kind, count, sum_minor FROM store_hour, LATERAL (VALUES
        ('placed', orders_placed, placed_minor),
        ('paid', orders_paid_by_order, paid_minor_by_order),
        ('refunded', refunds_paid_by_order, refunded_minor_by_order)
    ) AS k (kind, count, sum_minor)
"""
_BESIDE = f"""
    SELECT l.owner, l.store_id, l.hour, l.kind, l.suspected_at,
           l.count AS told, l.sum_minor AS told_minor,
           coalesce(h.count, 0)::bigint AS held, coalesce(h.sum_minor, 0)::bigint AS held_minor
    FROM digest_line l LEFT JOIN (
        SELECT store_id, hour, kind, sum(count) AS count, sum(sum_minor) AS sum_minor
        FROM ({_HELD}) AS parts
        WHERE hour >= coalesce(CAST(:since AS timestamptz), '-infinity')
        GROUP BY store_id, hour, kind
    ) h USING (store_id, hour, kind)
    WHERE l.hour >= coalesce(CAST(:since AS timestamptz), '-infinity')
"""  # noqa: S608 - made of constants
_SUSPECT = text(f"""
    UPDATE digest_line d SET suspected_at = CASE WHEN b.differs THEN now() END
    FROM (
        SELECT owner, store_id, hour, kind, suspected_at,
               (told, told_minor) <> (held, held_minor) AS differs
        FROM ({_BESIDE}) AS beside
    ) b
    WHERE (d.owner, d.store_id, d.hour, d.kind) = (b.owner, b.store_id, b.hour, b.kind)
      AND d.owner = :owner AND d.stated_at <= :as_of
      AND b.differs <> (d.suspected_at IS NOT NULL)
""")  # noqa: S608 - made of constants
_CLEAR = text(f"""
    UPDATE digest_line d SET suspected_at = NULL FROM ({_BESIDE}) b
    WHERE (d.owner, d.store_id, d.hour, d.kind) = (b.owner, b.store_id, b.hour, b.kind)
      AND d.suspected_at IS NOT NULL AND d.store_id = ANY(CAST(:stores AS text[]))
      AND (b.told, b.told_minor) = (b.held, b.held_minor)
""")  # noqa: S608 - made of constants
_DRIFT = text("""
    SELECT l.owner, l.kind, count(*) FROM digest_line l JOIN digest_heard d USING (owner)
    WHERE l.suspected_at < d.stated_at - interval '1 minute' GROUP BY l.owner, l.kind
""")
_TOTALS = text(f"""
    SELECT b.owner, b.kind, sum(told)::bigint, sum(told_minor)::bigint,
           sum(held)::bigint, sum(held_minor)::bigint,
           count(*) FILTER (WHERE b.suspected_at < d.stated_at - interval '1 minute'),
           max(d.stated_at)
    FROM ({_BESIDE}) AS b JOIN digest_heard d USING (owner)
    WHERE b.store_id = ANY(CAST(:stores AS text[]))
    GROUP BY b.owner, b.kind ORDER BY b.owner, b.kind
""")  # noqa: S608 - made of constants
_DIFFERENCES = text(f"""
    SELECT b.owner, b.store_id, b.hour, b.kind, told, told_minor, held, held_minor
    FROM ({_BESIDE}) AS b JOIN digest_heard d USING (owner)
    WHERE b.suspected_at < d.stated_at - interval '1 minute'
      AND b.store_id = ANY(CAST(:stores AS text[]))
    ORDER BY b.owner, b.store_id, b.hour, b.kind LIMIT :limit
""")  # noqa: S608 - made of constants


class Total(NamedTuple):
    """A kind of fact over some stores: what the owner told, what is held here."""

    owner: str
    kind: str
    told: int
    told_minor: int
    held: int
    held_minor: int
    drifting_hours: int
    told_at: datetime


class Difference(NamedTuple):
    """One hour in which the sums differ from what the owner told."""

    owner: str
    store_id: str
    hour: datetime
    kind: str
    told: int
    told_minor: int
    held: int
    held_minor: int


async def keep_lines(
    session: AsyncSession, owner: str, stated_at: datetime, lines: Sequence[DigestLine]
) -> None:
    """Keep what an owner told; what was told before of the same hours is replaced."""
    columns = {
        "stores": [line.store_id for line in lines],
        "hours": [line.hour for line in lines],
        "kinds": [line.kind for line in lines],
        "counts": [line.count for line in lines],
        "sums": [line.sum_minor for line in lines],
    }
    await session.execute(_KEEP, {"owner": owner, "stated_at": stated_at, **columns})


async def hear_digest(session: AsyncSession, owner: str, stated_at: datetime) -> None:
    """Note that an owner's digest has come whole."""
    await session.execute(_HEAR, {"owner": owner, "stated_at": stated_at})


async def suspect_lines(
    session: AsyncSession, owner: str, as_of: datetime, since: datetime | None
) -> None:
    """Suspect the lines that differ from the sums, and clear those that agree again."""
    await session.execute(_SUSPECT, {"owner": owner, "as_of": as_of, "since": since})


async def clear_lines(session: AsyncSession, stores: Iterable[str]) -> None:
    """Suspect the lines of some stores no longer that agree with the sums, however old."""
    await session.execute(_CLEAR, {"stores": sorted(stores), "since": None})


async def drift(session: AsyncSession) -> dict[tuple[str, str], int]:
    """Return by owner and kind how many hours differ for certain."""
    return {(owner, kind): count for owner, kind, count in await session.execute(_DRIFT)}


async def totals(session: AsyncSession, stores: Iterable[str]) -> list[Total]:
    """Return what was told and what is held, over all hours of some stores."""
    rows = await session.execute(_TOTALS, {"stores": sorted(stores), "since": None})
    return [Total(*row) for row in rows]


async def differences(session: AsyncSession, stores: Iterable[str], limit: int) -> list[Difference]:
    """Return the first hours that differ for certain."""
    parameters = {"stores": sorted(stores), "since": None, "limit": limit}
    return [Difference(*row) for row in await session.execute(_DIFFERENCES, parameters)]
