"""What inventory states about goods: SKUs, listings, prices."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a SKU in one piece of a bundle."""

    sku: str
    quantity: int


class SkuStated(Event, frozen=True, kw_only=True):
    """A SKU was entered or changed, whole; `item_number` (统一货号) unites sizes and colours.

    `sku` is the merchant code (商家编码) by which stores' listings join. `cost_minor` is the latest
    price of purchase. `version` grows by one with each change.
    """

    type: ClassVar[str] = "inventory.sku_stated.v1"

    sku: str
    item_number: str
    title: str
    size: str | None
    colour: str | None
    barcode: str | None
    category: str | None
    components: list[Component]
    is_active: bool
    version: int
    cost_minor: int | None = None
    currency: str | None = None
    first_received_at: Moment | None = None

    def key(self) -> str:
        """Order matters per SKU."""
        return self.sku


class ListedSku(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU in a listing; `set_aside` None shares the stock with the other stores.

    `reserve_on` is placed or paid.
    """

    sku: str
    price_minor: int
    reserve_on: str
    set_aside: int | None = None


class ListingEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one item in one store, known to the platform by `item_id`."""

    item_id: str
    currency: str

    def key(self) -> str:
        """Order matters per store and item."""
        return f"{self.store_id}:{self.item_id}"


class ItemListed(ListingEvent, frozen=True, kw_only=True):
    """The item is on sale (上架) after approval, or is so with other SKUs: the listing whole."""

    type: ClassVar[str] = "inventory.item_listed.v1"

    title: str
    skus: list[ListedSku]
    approved_by: str | None = None
    is_new: bool = False


class ItemDelisted(ListingEvent, frozen=True, kw_only=True):
    """The item is off sale (下架)."""

    type: ClassVar[str] = "inventory.item_delisted.v1"

    skus: list[str]
    reason: str = ""


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """The price of a SKU before and after."""

    sku: str
    previous_minor: int
    price_minor: int


class ItemPriceChanged(ListingEvent, frozen=True, kw_only=True):
    """Prices of the listing changed: promotion's price watch compares them with the plan."""

    type: ClassVar[str] = "inventory.item_price_changed.v1"

    changes: list[PriceChange]
    reason: str = ""
    changed_by: str | None = None


EVENTS: tuple[type[Event], ...] = (
    SkuStated,
    ItemListed,
    ItemDelisted,
    ItemPriceChanged,
)
