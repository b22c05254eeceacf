"""Items in stores: what they show, and what of that is news."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ListingStatus(StrEnum):
    """Whether an item is on sale."""

    LISTED = "listed"
    DELISTED = "delisted"


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A SKU of an item; `reserve_on` None leaves it to the store, `set_aside` None shares."""

    sku: str
    price_minor: int
    external_sku_id: str | None = None
    reserve_on: str | None = None
    set_aside: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An item in a store, whole, as the platform or an approval has it."""

    store_id: str
    item_id: str
    title: str
    currency: str
    status: ListingStatus
    units: tuple[ListedUnit, ...]
    reason: str = ""
    approved_by: str | None = None
    source_updated_at: datetime | None = None
    version: int = 1

    @property
    def key(self) -> tuple[str, str]:
        """What names it: store and item."""
        return self.store_id, self.item_id

    def prices(self) -> dict[str, int]:
        """Return the price of each SKU."""
        return {unit.sku: unit.price_minor for unit in self.units}


@dataclass(frozen=True, slots=True)
class ListingNews:
    """What is new of an item: put on sale or otherwise made, taken off, at other prices."""

    is_listed: bool = False
    is_delisted: bool = False
    repriced: Mapping[str, tuple[int, int]] | None = None


def news_of(before: Listing | None, after: Listing) -> ListingNews:
    """Return what is told of an item that changed from `before` to `after`."""
    was_on = before is not None and before.status is ListingStatus.LISTED
    is_on = after.status is ListingStatus.LISTED
    if before is None or not (was_on and is_on):
        return ListingNews(is_listed=is_on, is_delisted=was_on and not is_on)
    old, new = before.prices(), after.prices()
    repriced = {
        sku: (old[sku], price) for sku, price in new.items() if sku in old and old[sku] != price
    }
    return ListingNews(is_listed=_but_prices(before) != _but_prices(after), repriced=repriced)


def _but_prices(listing: Listing) -> tuple[object, ...]:
    units = {(unit.sku, unit.reserve_on, unit.set_aside) for unit in listing.units}
    return listing.title, units


def content_of(listing: Listing) -> tuple[object, ...]:
    """Return what a source says of an item: equal content again changes nothing."""
    return listing.title, listing.status, listing.reason, listing.approved_by, listing.units
