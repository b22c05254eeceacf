"""What inventory states about stock: the one truth, who it is set aside for, and what is wrong."""

from datetime import datetime
from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, StoreEvent


class ReservedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a SKU in a warehouse for a line; a bundle's line stands once per component."""

    line_no: int
    sku: str
    warehouse_id: str
    quantity: int


class ShortLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that cannot be served; `available` may be negative."""

    line_no: int
    sku: str | None
    wanted: int
    available: int


class IssuedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces that left a warehouse; `cost_minor` is the cost of all of them, None if unknown."""

    line_no: int
    sku: str
    warehouse_id: str
    quantity: int
    cost_minor: int | None = None


class InspectedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What came back of a line: intact pieces went to stock, defective ones to quarantine."""

    line_no: int
    sku: str | None
    intact: int
    defective: int
    missing: int = 0


class ReservationEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about stock set aside for one order, or for a checkout that is no order yet.

    `order_id` is orders' own, None for a checkout. `case_id` names the exchange it is for.
    """

    reservation_id: str
    order_id: str | None
    case_id: str | None = None

    def key(self) -> str:
        """Order matters per order, or per reservation where there is no order."""
        return self.order_id or self.reservation_id


class StockReserved(ReservationEvent, frozen=True, kw_only=True):
    """The whole of what was asked is set aside, until `expires_at` unless it is paid.

    `reserve_on` is what the listing says: placed (拍下减库存) or paid (付款减库存).
    """

    type: ClassVar[str] = "inventory.stock_reserved.v1"

    lines: list[ReservedLine]
    reserve_on: str
    expires_at: datetime | None = None


class StockRejected(ReservationEvent, frozen=True, kw_only=True):
    """Nothing was set aside: `lines` are the ones that fall short.

    `reason` is exhausted, unknown_sku, delisted or expired (a payment after the time-out).
    """

    type: ClassVar[str] = "inventory.stock_rejected.v1"

    reason: str
    lines: list[ShortLine]


class ReservationConfirmed(ReservationEvent, frozen=True, kw_only=True):
    """The order is paid: what was set aside no longer expires."""

    type: ClassVar[str] = "inventory.reservation_confirmed.v1"


class StockReleased(ReservationEvent, frozen=True, kw_only=True):
    """Stock set aside is free again: `reason` is cancelled, unpaid, expired, refunded or amended.

    `is_whole` says that nothing is set aside for the order any more.
    """

    type: ClassVar[str] = "inventory.stock_released.v1"

    reason: str
    lines: list[ReservedLine]
    is_whole: bool


class StockIssued(StoreEvent, frozen=True, kw_only=True):
    """The goods of a shipment left the books (出库), with the waybill number as their note."""

    type: ClassVar[str] = "inventory.stock_issued.v1"

    order_id: str
    shipment_id: str
    waybill: str
    lines: list[IssuedLine]
    currency: str
    case_id: str | None = None

    def key(self) -> str:
        """Order matters per order."""
        return self.order_id


class ReturnInspected(StoreEvent, frozen=True, kw_only=True):
    """Returned goods were inspected (检查商品是否完好): the answer to `GoodsSentBack`."""

    type: ClassVar[str] = "inventory.return_inspected.v1"

    order_id: str
    case_id: str | None
    warehouse_id: str
    lines: list[InspectedLine]
    is_intact: bool
    waybill: str | None = None
    inspected_by: str | None = None

    def key(self) -> str:
        """Order matters per order."""
        return self.order_id


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger, signed; `bucket` is on_hand, quarantine or in_transit.

    `kind` is receive, issue, adjust, return, quarantine, exchange_out, exchange_in, transfer or
    stocktake. `booked_at` is when it was entered, `occurred_at` when it happened.
    """

    movement_id: str
    kind: str
    bucket: str
    quantity: int
    occurred_at: datetime
    booked_at: datetime
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
    raised_at: datetime
    warehouse_id: str | None = None


class OversaleFound(ListingStockEvent, frozen=True, kw_only=True):
    """More was sold than there was (超卖); `oversold_at` is the movement that made it negative."""

    type: ClassVar[str] = "inventory.oversale_found.v1"

    units: int
    order_ids: list[str]
    oversold_at: datetime
    movement_id: str
    warehouse_id: str


EVENTS: tuple[type[Event], ...] = (
    StockReserved,
    StockRejected,
    ReservationConfirmed,
    StockReleased,
    StockIssued,
    ReturnInspected,
    StockLevelChanged,
    ListingStockChanged,
    ChannelStockDiffered,
    CoverEstimated,
    StockAlertRaised,
    StockAlertCleared,
    OversaleFound,
)
