"""What the tables of orders say of store-local hours, by the hour an order was placed in."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_UNTIL = text("SELECT clock_timestamp(), (SELECT until FROM digested_until)")
_NOTE = text("""
    INSERT INTO digested_until (until) VALUES (:until)
    ON CONFLICT (is_only) DO UPDATE SET until = excluded.until
""")
_TOUCHED = text("""
    SELECT DISTINCT o.store_id, date_trunc('hour', o.placed_at, s.timezone) AS hour
    FROM orders o JOIN registry_stores s USING (store_id)
    WHERE o.updated_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
    ORDER BY 1, 2
""")
_SUMS = text("""
    WITH hours AS (
        SELECT * FROM unnest(CAST(:stores AS text[]), CAST(:hours AS timestamptz[]))
            AS h (store_id, hour)
    ), told AS (
        SELECT h.store_id, h.hour, o.order_id, o.total_minor, o.paid_at, o.paid_minor,
               o.refunded_minor
        FROM hours h JOIN orders o
          ON o.store_id = h.store_id AND o.placed_at >= h.hour
         AND o.placed_at < h.hour + interval '1 hour'
    ), returned AS (
        SELECT t.store_id, t.hour, count(*) AS refunds
        FROM told t JOIN refunds r USING (order_id)
        WHERE t.refunded_minor > 0 AND r.paid_at IS NOT NULL
        GROUP BY t.store_id, t.hour
    )
    SELECT t.store_id, t.hour, count(*), sum(t.total_minor)::bigint,
           count(t.paid_at), sum(t.paid_minor)::bigint,
           coalesce(max(r.refunds), 0), sum(t.refunded_minor)::bigint
    FROM told t LEFT JOIN returned r USING (store_id, hour)
    GROUP BY t.store_id, t.hour ORDER BY t.store_id, t.hour
""")


class Hour(NamedTuple):
    """A store's local hour, by its first instant."""

    store_id: str
    hour: datetime


class HourSums(NamedTuple):
    """Orders placed in an hour, and what was paid and refunded of them, whenever that was."""

    store_id: str
    hour: datetime
    placed: int
    placed_minor: int
    paid: int
    paid_minor: int
    refunds: int
    refunded_minor: int


async def digested_until(session: AsyncSession) -> tuple[datetime, datetime | None]:
    """Return the database's clock, and the moment of the last digest, None before the first."""
    now, until = (await session.execute(_UNTIL)).one()
    return now, until


async def note_digest(session: AsyncSession, until: datetime) -> None:
    """Note that the tables were told up to this moment."""
    await session.execute(_NOTE, {"until": until})


async def touched_hours(session: AsyncSession, since: datetime | None) -> list[Hour]:
    """Return the hours of orders that were changed since a moment; None means all."""
    rows = await session.execute(_TOUCHED, {"since": since})
    return [Hour(*row) for row in rows]


async def sums_of(session: AsyncSession, hours: Sequence[Hour]) -> list[HourSums]:
    """Return what the tables say of these hours."""
    columns = {"stores": [hour.store_id for hour in hours], "hours": [hour.hour for hour in hours]}
    rows = await session.execute(_SUMS, columns)
    return [HourSums(*row) for row in rows]
