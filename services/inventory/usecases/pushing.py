"""What listings may show is told at once when it changes."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.repository.listings import refresh_sellable
from shared.contracts.envelope import Event
from shared.contracts.inventory_stock import ListingStockChanged
from shared.registry.stores import find_stores


async def push_listings(session: AsyncSession, skus: Iterable[str], at: datetime) -> list[Event]:
    """Reckon anew what listings of SKUs may show, their rows locked; return the events of it."""
    changed = await refresh_sellable(session, skus)
    if not changed:
        return []
    stores = await find_stores(session, {each.store_id for each in changed})
    return [
        ListingStockChanged(
            occurred_at=at,
            store_id=each.store_id,
            timezone=stores[each.store_id].calendar.timezone,
            day_start=stores[each.store_id].calendar.day_start,
            sku=each.sku,
            item_id=each.item_id,
            sellable=each.sellable,
            previous_sellable=each.previous,
            version=each.version,
        )
        for each in changed
    ]
