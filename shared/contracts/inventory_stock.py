"""What inventory states about stock: the one truth, what may be sold of it, and what is wrong."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger, signed; `bucket` is on_hand, quarantine or in_transit.

    `kind` is receive, issue, adjust, return, quarantine, exchange_out, exchange_in, transfer or
    stocktake. `booked_at` is when it was entered, `occurred_at` when it happened.
    """

    movement_id: str
    kind: str
    bucket: str
    quantity: int
    occurred_at: Moment
    booked_at: Moment
    reference: str | None = None
    cost_minor: int | None = None


class StockLevelChanged(Event, frozen=True, kw_only=True):
    """The level of a SKU in a warehouse after a change, whole, and the movements that led to it.

    available = on_hand - reserved - safety_stock, and may be negative. `store_id` is set where the
    warehouse serves one store. `version` grows by one with each change. `unit_cost_minor` is the
    moving average in `currency`.
    """

    type: ClassVar[str] = "inventory.stock_level_changed.v1"

    warehouse_id: str
    warehouse_kind: str
    sku: str
    timezone: str
    day_start: int = 0
    store_id: str | None = None
    on_hand: int
    reserved: int
    available: int
    safety_stock: int
    quarantine: int
    in_transit: int
    previous_available: int
    movements: list[Movement]
    version: int
    unit_cost_minor: int | None = None
    currency: str | None = None

    def key(self) -> str:
        """Order matters per warehouse and SKU."""
        return f"{self.warehouse_id}:{self.sku}"

    def store(self) -> str | None:
        """Return the store that the warehouse serves alone."""
        return self.store_id


class ListingStockEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about what one store may sell of one SKU."""

    sku: str
    item_id: str | None = None

    def key(self) -> str:
        """Order matters per store and SKU."""
        return f"{self.store_id}:{self.sku}"


class ListingStockChanged(ListingStockEvent, frozen=True, kw_only=True):
    """What the listing may show is another number: to be pushed to the channel at once."""

    type: ClassVar[str] = "inventory.listing_stock_changed.v1"

    sellable: int
    previous_sellable: int
    version: int


class ChannelStockDiffered(ListingStockEvent, frozen=True, kw_only=True):
    """The channel reported another figure than the truth."""

    type: ClassVar[str] = "inventory.channel_stock_differed.v1"

    channel_quantity: int
    sellable: int


class CoverEstimated(ListingStockEvent, frozen=True, kw_only=True):
    """The day's estimate: `days_of_cover` (可售天数) rounded down, None without an end.

    Mean daily sales in thousandths of a piece over `window_days`, days out of stock left out.
    `sales_class` is hot, regular or slow (热销, 常销, 滞销).
    """

    type: ClassVar[str] = "inventory.cover_estimated.v1"

    available: int
    in_transit: int
    mean_daily_thousandths: int
    window_days: int
    days_of_cover: int | None
    sales_class: str
    stock_out_days: int = 0
    lead_time_days: int | None = None


class StockAlertRaised(ListingStockEvent, frozen=True, kw_only=True):
    """A border was passed: `kind` is low, out, slow (lies too long) or warehouse_safety.

    `threshold` is the border in pieces, or in days of cover for slow.
    """

    type: ClassVar[str] = "inventory.stock_alert_raised.v1"

    kind: str
    available: int
    threshold: int
    sales_class: str
    warehouse_id: str | None = None
    days_of_cover: int | None = None


class StockAlertCleared(ListingStockEvent, frozen=True, kw_only=True):
    """The alert of that kind, raised at `raised_at`, is over."""

    type: ClassVar[str] = "inventory.stock_alert_cleared.v1"

    kind: str
    available: int
    raised_at: Moment
    warehouse_id: str | None = None


class OversaleFound(ListingStockEvent, frozen=True, kw_only=True):
    """More was sold than there was (超卖); `oversold_at` is the movement that made it negative."""

    type: ClassVar[str] = "inventory.oversale_found.v1"

    units: int
    order_ids: list[str]
    oversold_at: Moment
    movement_id: str
    warehouse_id: str


EVENTS: tuple[type[Event], ...] = (
    StockLevelChanged,
    ListingStockChanged,
    ChannelStockDiffered,
    CoverEstimated,
    StockAlertRaised,
    StockAlertCleared,
    OversaleFound,
)
