"""The rows of a SKU with the level before them, and what its channels were told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.levels import Key, Level
from services.inventory.domain.movements import Entry
from services.inventory.repository.ledger import entry_of

_ROWS = text("""
    SELECT * FROM stock_movements
    WHERE sku = :sku AND warehouse_id = ANY(CAST(:warehouses AS text[]))
      AND booked_at >= :since AND booked_at < :until
    ORDER BY movement_id LIMIT :most
""")
_BEFORE = text("""
    SELECT warehouse_id,
           coalesce(sum(quantity) FILTER (WHERE bucket = 'on_hand'), 0)::bigint AS on_hand,
           coalesce(sum(quantity) FILTER (WHERE bucket = 'reserved'), 0)::bigint AS reserved,
           coalesce(sum(quantity) FILTER (WHERE bucket = 'quarantine'), 0)::bigint AS quarantine,
           coalesce(sum(quantity) FILTER (WHERE bucket = 'in_transit'), 0)::bigint AS in_transit
    FROM stock_movements
    WHERE sku = :sku AND warehouse_id = ANY(CAST(:warehouses AS text[])) AND booked_at < :since
    GROUP BY warehouse_id
""")
_CHANNELS = text("""
    SELECT store_id, item_id, sellable, channel_quantity, channel_reported_at, updated_at
    FROM store_skus
    WHERE sku = :sku
      AND (CAST(:stores AS text[]) IS NULL OR store_id = ANY(CAST(:stores AS text[])))
    ORDER BY store_id
""")


async def rows_of_sku(
    session: AsyncSession,
    sku: str,
    warehouses: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    most: int,
) -> tuple[list[tuple[Entry, datetime]], dict[Key, Level]]:
    """Return rows in the order they were entered, and the levels before the first of them."""
    values = {"sku": sku, "warehouses": list(warehouses), "since": since}
    levels = {
        Key(row.warehouse_id, sku): Level(row.on_hand, row.reserved, row.quarantine, row.in_transit)
        for row in await session.execute(_BEFORE, values)
    }
    rows = (await session.execute(_ROWS, {**values, "until": until, "most": most})).mappings()
    return [(entry_of(row), row["booked_at"]) for row in rows], levels


async def channels_of_sku(
    session: AsyncSession, sku: str, stores: Sequence[str] | None
) -> Sequence[RowMapping]:
    """Return what channels were told of a SKU, and what they say."""
    values = {"sku": sku, "stores": None if stores is None else list(stores)}
    return (await session.execute(_CHANNELS, values)).mappings().all()
