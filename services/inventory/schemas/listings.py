"""Items in stores as they are told and shown."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.inventory.domain.listings import ListedUnit, Listing, ListingStatus
from services.inventory.domain.refusals import PriceInvalidError
from services.inventory.schemas.parts import Prose, Shown, StockBody, Units, Word
from shared.kernel.money import MoneyError, format_minor, to_minor
from shared.registry.stores import Store
from shared.web.bodies import Moment, NonNegativeMoney, StoreId


class NewListedSku(StockBody):
    """A SKU of an item: `set_aside` keeps so many for this store alone, without it stock is shared.

    `reserve_on` says when an order sets stock aside: placed (拍下减库存) or paid (付款减库存);
    without it the store's setting does.
    """

    sku: Word
    price: NonNegativeMoney
    external_sku_id: Word | None = None
    reserve_on: Literal["placed", "paid"] | None = None
    set_aside: Units | None = None


class NewListing(StockBody):
    """An item in a store, whole, known to the platform by `item_id`."""

    store_id: StoreId
    item_id: Word
    title: Word | None = None
    status: Literal["listed", "delisted"] = "listed"
    reason: Prose = ""
    approved_by: Word | None = None
    skus: Annotated[list[NewListedSku], Field(min_length=1, max_length=500)]
    source_updated_at: Moment | None = None


class ListedSkuView(BaseModel):
    """A SKU of an item."""

    sku: str
    price: str
    external_sku_id: str | None
    reserve_on: str | None
    set_aside: int | None


class ListingView(BaseModel):
    """An item in a store."""

    store_id: str
    item_id: str
    title: str
    status: str
    reason: str
    approved_by: str | None
    currency: str
    skus: list[ListedSkuView]
    version: int


class ListingAnswer(BaseModel):
    """An item after a request, and what the request did."""

    listing: ListingView
    outcome: str


class ChannelReport(StockBody):
    """What a channel shows of a SKU of a store."""

    store_id: StoreId
    sku: Word
    quantity: Units
    reported_at: Moment | None = None


class ChannelStockView(BaseModel):
    """What a store may show of a SKU, beside what its channel says it shows.

    `set_aside` is what is left for this store alone. `difference` is the channel's number less the
    truth, null where the channel was never heard.
    """

    store_id: str
    sku: str
    title: str
    item_id: str | None
    is_listed: bool
    sellable: int
    set_aside: int | None
    channel_quantity: int | None
    channel_reported_at: Shown | None
    difference: int | None
    version: int


def listing_of(body: NewListing, store: Store, caller: str) -> Listing:
    """Return the item that a row describes; raises `PriceInvalidError`."""
    units: list[ListedUnit] = []
    for place, unit in enumerate(body.skus):
        pointer = f"/skus/{place}"
        try:
            price = to_minor(unit.price, store.currency)
        except MoneyError as error:
            raise PriceInvalidError(str(error), pointer=f"{pointer}/price") from None
        if any(unit.sku == earlier.sku for earlier in units):
            raise PriceInvalidError(f"{unit.sku} is named twice.", pointer=f"{pointer}/sku")
        units.append(
            ListedUnit(unit.sku, price, unit.external_sku_id, unit.reserve_on, unit.set_aside)
        )
    return Listing(
        store_id=body.store_id,
        item_id=body.item_id,
        title=body.title or body.skus[0].sku,
        currency=store.currency,
        status=ListingStatus(body.status),
        units=tuple(sorted(units, key=lambda each: each.sku)),
        reason=body.reason,
        approved_by=body.approved_by or caller,
        source_updated_at=body.source_updated_at,
    )


def listing_view(listing: Listing) -> ListingView:
    """Return an item as it is shown."""
    return ListingView(
        store_id=listing.store_id,
        item_id=listing.item_id,
        title=listing.title,
        status=listing.status.value,
        reason=listing.reason,
        approved_by=listing.approved_by,
        currency=listing.currency,
        skus=[
            ListedSkuView(
                sku=unit.sku,
                price=format_minor(unit.price_minor, listing.currency),
                external_sku_id=unit.external_sku_id,
                reserve_on=unit.reserve_on,
                set_aside=unit.set_aside,
            )
            for unit in listing.units
        ],
        version=listing.version,
    )


def channel_view(row: RowMapping) -> ChannelStockView:
    """Return what a store may show beside what its channel shows."""
    told = row["channel_quantity"]
    names = [name for name in ChannelStockView.model_fields if name != "difference"]
    difference = None if told is None else told - row["sellable"]
    return ChannelStockView(**{name: row[name] for name in names}, difference=difference)
