"""Items in stores as events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.inventory.domain.listings import Listing, ListingNews
from shared.contracts.envelope import Event
from shared.contracts.inventory_goods import (
    ItemDelisted,
    ItemListed,
    ItemPriceChanged,
    ListedSku,
    PriceChange,
)
from shared.contracts.inventory_stock import ChannelStockDiffered
from shared.registry.stores import Store


def listing_events(
    listing: Listing,
    news: ListingNews,
    store: Store,
    at: datetime,
    *,
    asides: Mapping[str, int | None],
    caller: str,
) -> list[Event]:
    """Return the events of an item: prices before the rest, which tells the listing whole.

    `asides` has what is left for the store alone of each SKU.
    """
    common: dict[str, Any] = {
        "occurred_at": at,
        "source_updated_at": listing.source_updated_at,
        "store_id": listing.store_id,
        "timezone": store.calendar.timezone,
        "day_start": store.calendar.day_start,
        "item_id": listing.item_id,
        "currency": listing.currency,
    }
    told: list[Event] = []
    if news.repriced:
        changes = [
            PriceChange(sku=sku, previous_minor=old, price_minor=new)
            for sku, (old, new) in sorted(news.repriced.items())
        ]
        told.append(
            ItemPriceChanged(**common, changes=changes, reason=listing.reason, changed_by=caller)
        )
    if news.is_listed:
        skus = _skus(listing, store, asides)
        told.append(
            ItemListed(**common, title=listing.title, skus=skus, approved_by=listing.approved_by)
        )
    if news.is_delisted:
        skus_off = [unit.sku for unit in listing.units]
        told.append(ItemDelisted(**common, skus=skus_off, reason=listing.reason))
    return told


def _skus(listing: Listing, store: Store, asides: Mapping[str, int | None]) -> list[ListedSku]:
    return [
        ListedSku(
            sku=unit.sku,
            price_minor=unit.price_minor,
            reserve_on=unit.reserve_on or store.settings["inventory.reserve_on"],
            set_aside=asides.get(unit.sku),
        )
        for unit in listing.units
    ]


def channel_differed(
    store: Store, sku: str, item_id: str | None, *, told: int, sellable: int, at: datetime
) -> ChannelStockDiffered:
    """Return the event of a channel that shows another number than the truth."""
    return ChannelStockDiffered(
        occurred_at=at,
        store_id=store.store_id,
        timezone=store.calendar.timezone,
        day_start=store.calendar.day_start,
        sku=sku,
        item_id=item_id,
        channel_quantity=told,
        sellable=sellable,
    )
