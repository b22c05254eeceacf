"""What inventory answers orders: stock set aside, refused, freed, issued; returns inspected."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


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
    expires_at: Moment | None = None


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


EVENTS: tuple[type[Event], ...] = (
    StockReserved,
    StockRejected,
    ReservationConfirmed,
    StockReleased,
    StockIssued,
    ReturnInspected,
)
