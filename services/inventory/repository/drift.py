"""Levels held against the ledger, against what is promised, and against what is to be held back."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.levels import Key
from services.inventory.repository.balances import SAFETY

_DRIFT = text(f"""
    WITH summed AS (
        SELECT warehouse_id, sku,
               coalesce(sum(quantity) FILTER (WHERE bucket = 'on_hand'), 0)::bigint AS on_hand,
               coalesce(sum(quantity) FILTER (WHERE bucket = 'reserved'), 0)::bigint AS reserved,
               coalesce(sum(quantity) FILTER (WHERE bucket = 'quarantine'), 0)::bigint
                   AS quarantine,
               coalesce(sum(quantity) FILTER (WHERE bucket = 'in_transit'), 0)::bigint
                   AS in_transit
        FROM stock_movements
        WHERE CAST(:skus AS text[]) IS NULL OR sku = ANY(CAST(:skus AS text[]))
        GROUP BY warehouse_id, sku
    ), promised AS (
        SELECT part ->> 'warehouse_id' AS warehouse_id, part ->> 'sku' AS sku,
               sum((part ->> 'open')::bigint)::bigint AS pieces
        FROM reservations, jsonb_array_elements(lines) AS line,
             jsonb_array_elements(line -> 'parts') AS part
        WHERE status IN ('held', 'confirmed')
        GROUP BY 1, 2
    ), wanted AS (
        SELECT kept.warehouse_id, kept.sku,
               ROW(kept.on_hand, kept.reserved, kept.quarantine, kept.in_transit) AS kept,
               ROW(coalesce(summed.on_hand, 0), coalesce(summed.reserved, 0),
                   coalesce(summed.quarantine, 0), coalesce(summed.in_transit, 0)) AS summed,
               kept.safety_stock, {SAFETY.format(units="kept.safety_units")} AS safety,
               coalesce(summed.on_hand, 0) AS on_hand, coalesce(summed.reserved, 0) AS reserved,
               coalesce(summed.quarantine, 0) AS quarantine,
               coalesce(summed.in_transit, 0) AS in_transit,
               coalesce(promised.pieces, 0) AS promised
        FROM stock_balances AS kept
        JOIN warehouses USING (warehouse_id)
        LEFT JOIN registry_stores AS stores ON stores.store_id = warehouses.store_id
        LEFT JOIN summed USING (warehouse_id, sku)
        LEFT JOIN promised USING (warehouse_id, sku)
        WHERE CAST(:skus AS text[]) IS NULL OR kept.sku = ANY(CAST(:skus AS text[]))
    )
    SELECT warehouse_id, sku, on_hand, reserved, quarantine, in_transit, safety, promised,
           kept <> summed AS is_drifted, reserved <> promised AS is_unpromised,
           safety_stock <> safety AS is_unsafe
    FROM wanted
    WHERE kept <> summed OR reserved <> promised OR safety_stock <> safety
    ORDER BY warehouse_id, sku
""")  # noqa: S608 - made of a constant

_UNSAFE = text(f"""
    SELECT DISTINCT sku FROM stock_balances AS kept
    JOIN warehouses USING (warehouse_id)
    LEFT JOIN registry_stores AS stores ON stores.store_id = warehouses.store_id
    WHERE safety_stock <> {SAFETY.format(units="kept.safety_units")} ORDER BY sku
""")  # noqa: S608


class Drift(NamedTuple):
    """A level that is not what it should be, and what the ledger says of it.

    `is_drifted`: kept numbers are not the ledger's sums. `is_unpromised`: the ledger's reserved
    pieces are not those of open reservations. `is_unsafe`: another safety stock is set by now.
    """

    warehouse_id: str
    sku: str
    on_hand: int
    reserved: int
    quarantine: int
    in_transit: int
    safety: int
    promised: int
    is_drifted: bool
    is_unpromised: bool
    is_unsafe: bool

    @property
    def key(self) -> Key:
        """The key of the level."""
        return Key(self.warehouse_id, self.sku)


async def find_drift(session: AsyncSession, skus: Sequence[str] | None = None) -> list[Drift]:
    """Return the levels, of these SKUs or all, that are not what they should be."""
    values = {"skus": None if skus is None else list(skus)}
    return [Drift(*row) for row in await session.execute(_DRIFT, values)]


async def find_unsafe(session: AsyncSession) -> list[str]:
    """Return the SKUs of which another safety stock is set by now; the ledger is not read."""
    return list((await session.execute(_UNSAFE)).scalars())
