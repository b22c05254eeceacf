"""Orders that are ripe for the archive."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.tables.invoices import WAITING
from services.orders.tables.orders import TO_ARCHIVE

_OPEN_BESIDE = " OR ".join(
    f"EXISTS (SELECT FROM {table} AS beside WHERE beside.order_id = orders.order_id AND {is_open})"
    for table, is_open in (
        ("invoices", WAITING),
        ("order_problems", "closed_at IS NULL"),
        ("after_sales", "closed_at IS NULL"),
        ("disputes", "closed_at IS NULL"),
    )
)
_RIPE = text(f"""
    SELECT ripe.order_id FROM registry_stores AS stores
    CROSS JOIN LATERAL (
        SELECT order_id FROM orders
        WHERE orders.store_id = stores.store_id AND {TO_ARCHIVE}
          AND coalesce(cancelled_at, completed_at) <= now() - make_interval(
              days => (stores.settings ->> 'orders.archive_after_days')::int)
          AND claimed_minor = refunded_minor
          AND NOT ({_OPEN_BESIDE})
        ORDER BY coalesce(cancelled_at, completed_at) LIMIT :most
        FOR UPDATE SKIP LOCKED
    ) AS ripe LIMIT :most
""")  # noqa: S608 - conditions of our own
_OPEN = text(f"""
    SELECT order_id FROM orders WHERE order_id = ANY(CAST(:ids AS text[])) AND ({_OPEN_BESIDE})
""")  # noqa: S608


async def lock_ripe(session: AsyncSession, *, most: int) -> list[str]:
    """Lock orders that have been over for as long as their store set; those locked come later."""
    return list((await session.execute(_RIPE, {"most": most})).scalars())


async def open_beside(session: AsyncSession, order_ids: Sequence[str]) -> set[str]:
    """Return those of these orders that have a case open, or an invoice to be written."""
    return set((await session.execute(_OPEN, {"ids": list(order_ids)})).scalars())
