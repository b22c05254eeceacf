"""How much stands on the working lists of stock."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_COUNT = text("""
    SELECT 'rejected' AS worklist, store_id, count(*) FROM reservations
    WHERE status = 'rejected' GROUP BY store_id
    UNION ALL
    SELECT 'expiring', store_id, count(*) FROM reservations
    WHERE status = 'held' AND expires_at <= now() GROUP BY store_id
    UNION ALL
    SELECT 'channel_differs', store_id, count(*) FROM store_skus
    WHERE is_listed AND channel_quantity <> sellable GROUP BY store_id
    UNION ALL
    SELECT 'untracked', store_id, count(*) FROM untracked_goods
    WHERE NOT EXISTS (SELECT FROM skus WHERE skus.sku = untracked_goods.sku) GROUP BY store_id
    UNION ALL
    SELECT 'expected_returns', store_id, count(*) FROM expected_returns
    WHERE inspected_at IS NULL AND closed_at IS NULL GROUP BY store_id
    UNION ALL
    SELECT 'oversold', coalesce(warehouses.store_id, 'all'), count(*)
    FROM stock_balances JOIN warehouses USING (warehouse_id)
    WHERE on_hand < reserved GROUP BY warehouses.store_id
""")


async def count_worklists(session: AsyncSession) -> list[tuple[str, str, int]]:
    """Return by list and store how much stands on it; a warehouse of all stores counts as all."""
    return [(row[0], row[1], row[2]) for row in await session.execute(_COUNT)]
