"""What stores may sell, as it is stored: locked by store and SKU, after the levels."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.shelf import Terms
from shared.db.bulk import BulkStatement

_TOUCHED = """
    store_skus.sku = ANY(CAST(:skus AS text[])) OR store_skus.sku IN (
        SELECT sku FROM sku_components WHERE component = ANY(CAST(:skus AS text[]))
    )
"""
_LOCK = text(f"""
    SELECT store_id, sku, reserve_on, set_aside FROM store_skus WHERE {_TOUCHED}
    ORDER BY store_id, sku FOR UPDATE
""")  # noqa: S608 - made of constants
SELLABLE = f"""
    wanted AS (
        SELECT store_id, sku, set_aside, sellable FROM store_skus WHERE is_listed AND ({_TOUCHED})
    ), parts AS (
        SELECT wanted.store_id, wanted.sku, coalesce(made.component, wanted.sku) AS part,
               coalesce(made.quantity, 1) AS quantity
        FROM wanted LEFT JOIN sku_components AS made ON made.sku = wanted.sku
    ), pools AS (
        SELECT asked.store_id, asked.part, greatest(
            coalesce((
                SELECT sum(greatest(available, 0))
                FROM stock_balances JOIN warehouses USING (warehouse_id)
                WHERE stock_balances.sku = asked.part AND warehouses.is_active
                  AND (warehouses.store_id IS NULL OR warehouses.store_id = asked.store_id)
            ), 0) - coalesce((
                SELECT sum(others.set_aside) FROM store_skus AS others
                WHERE others.sku = asked.part AND others.store_id <> asked.store_id
            ), 0), 0) AS pool
        FROM (SELECT DISTINCT store_id, part FROM parts) AS asked
    ), made AS (
        SELECT wanted.store_id, wanted.sku, wanted.sellable AS previous,
               least(min(div(pools.pool, parts.quantity)),
                     CASE WHEN wanted.set_aside IS NOT NULL
                          THEN greatest(wanted.set_aside, 0) END)::bigint AS sellable
        FROM wanted JOIN parts USING (store_id, sku) JOIN pools USING (store_id, part)
        GROUP BY wanted.store_id, wanted.sku, wanted.sellable, wanted.set_aside
    )
"""  # noqa: S608
"""What listed SKUs may show: what is available where the store sells from, less what is set aside
for others, no more than what is set aside for it; of a bundle as many as its components make."""
_REFRESH = text(f"""
    WITH {SELLABLE}
    UPDATE store_skus SET sellable = made.sellable, version = version + 1, updated_at = now()
    FROM made
    WHERE store_skus.store_id = made.store_id AND store_skus.sku = made.sku
      AND made.sellable <> made.previous
    RETURNING store_skus.store_id, store_skus.sku, store_skus.item_id, made.sellable,
              made.previous, store_skus.version
""")  # noqa: S608
_WRITE_ASIDES = BulkStatement(
    text("""
        UPDATE store_skus SET set_aside = v.set_aside, updated_at = now()
        FROM unnest(CAST(:store_id AS text[]), CAST(:sku AS text[]), CAST(:set_aside AS integer[]))
             AS v (store_id, sku, set_aside)
        WHERE store_skus.store_id = v.store_id AND store_skus.sku = v.sku
    """),
    ("store_id", "sku", "set_aside"),
)


@dataclass(frozen=True, slots=True)
class Sellable:
    """What a store may show of a SKU, and what it showed before."""

    store_id: str
    sku: str
    item_id: str | None
    sellable: int
    previous: int
    version: int


async def lock_terms(session: AsyncSession, skus: Iterable[str]) -> dict[str, dict[str, Terms]]:
    """Lock what stores may sell of SKUs, and of bundles that hold one; return how they do.

    The levels of the SKUs are locked: whoever changes what may be sold holds both.
    """
    found: dict[str, dict[str, Terms]] = {}
    for row in await session.execute(_LOCK, {"skus": sorted(set(skus))}):
        found.setdefault(row.sku, {})[row.store_id] = Terms(row.reserve_on, row.set_aside)
    return found


async def write_asides(session: AsyncSession, rows: Sequence[tuple[str, str, int | None]]) -> None:
    """Store by store and SKU what is left for a store alone."""
    await _WRITE_ASIDES.run(session, rows)


async def refresh_sellable(session: AsyncSession, skus: Iterable[str]) -> list[Sellable]:
    """Reckon anew what listings of SKUs, and of bundles that hold one, may show; return the news.

    Their rows are locked.
    """
    rows = await session.execute(_REFRESH, {"skus": sorted(set(skus))})
    return sorted((Sellable(*row) for row in rows), key=lambda each: (each.store_id, each.sku))
