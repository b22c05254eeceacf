"""What orders states: what customers bought, paid, got and sent back."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: `amount_minor` is what the buyer owes for it after discounts, without postage.

    `sku` is the merchant code (商家编码), `item_id` the platform's number of the item. The line's
    own `discount_minor` is taken off already. `campaign_id` names the campaign at whose price it
    sold, where the source says so.
    """

    line_no: int
    sku: str | None
    quantity: int
    amount_minor: int
    is_gift: bool = False
    name: str | None = None
    discount_minor: int = 0
    item_id: str | None = None
    campaign_id: str | None = None


class OrderEvent(StoreEvent, frozen=True, kw_only=True):
    """A fact about one order; money in minor units of `currency`.

    `buyer_key` is a keyed hash of the buyer's account, None where the source knows no buyer.
    `province` is the delivery address's, as the source spells it. `is_backfill` marks imported
    history: it counts in figures and starts no clock. `agent` is the staff number the sale is
    attributed to, whatever the colour of the flag.
    """

    order_id: str
    external_id: str
    currency: str
    placed_at: Moment
    buyer_key: str | None = None
    province: str | None = None
    agent: str | None = None
    is_backfill: bool = False

    def key(self) -> str:
        """Order matters per order."""
        return self.order_id


class OrderPlaced(OrderEvent, frozen=True, kw_only=True):
    """A buyer placed an order (拍下); `total_minor` = lines + postage - discount.

    `kind` is normal, presale or cod. `discount_minor` is taken off the whole order, beside the
    lines' own. `coupon_codes` were used on it. `waived_postage_minor` is the freight that the
    template asks and the shop bears (免邮费), a cost in the store's ROI; it is reckoned when the
    order is verified, and counted by that event.
    """

    type: ClassVar[str] = "orders.order_placed.v1"

    lines: list[OrderLine]
    postage_minor: int
    discount_minor: int
    total_minor: int
    kind: str = "normal"
    waived_postage_minor: int = 0
    coupon_codes: tuple[str, ...] = ()


class OrderAmended(OrderEvent, frozen=True, kw_only=True):
    """Lines, price or postage changed before payment: the order whole, and what it was before.

    `amended_by` is the member of staff who changed it (改价), None where the source did;
    `original_total_minor` is what the order would cost at the source's price, if staff changed it.
    """

    type: ClassVar[str] = "orders.order_amended.v1"

    lines: list[OrderLine]
    postage_minor: int
    discount_minor: int
    total_minor: int
    previous_lines: list[OrderLine]
    previous_total_minor: int
    previous_province: str | None = None
    reason: str = ""
    waived_postage_minor: int = 0
    coupon_codes: tuple[str, ...] = ()
    amended_by: str | None = None
    original_total_minor: int | None = None


class PaymentReceived(OrderEvent, frozen=True, kw_only=True):
    """Money came in that does not yet pay the order whole, such as a presale deposit."""

    type: ClassVar[str] = "orders.payment_received.v1"

    payment_id: str
    payment_minor: int
    paid_minor: int
    total_minor: int
    method: str | None = None


class OrderPaid(OrderEvent, frozen=True, kw_only=True):
    """The order is paid whole (付款), by a payment of `payment_minor` made at `occurred_at`.

    `paid_minor` is the sum of all its payments, `payment_minor` the one that completed it. Cash on
    delivery is paid at receipt. `ship_by` is the earlier of promise and the store's own limit.
    """

    type: ClassVar[str] = "orders.order_paid.v1"

    payment_id: str
    payment_minor: int
    paid_minor: int
    total_minor: int
    lines: list[OrderLine]
    postage_minor: int
    discount_minor: int
    method: str | None = None
    kind: str = "normal"
    waived_postage_minor: int = 0
    coupon_codes: tuple[str, ...] = ()
    ship_by: Moment | None = None


class PaymentCorrected(OrderEvent, frozen=True, kw_only=True):
    """Finance corrected a payment; `difference_minor` is added to the payment's own day.

    `paid_at` is the time of the corrected payment, `completes` says whether the order counts as
    paid `+1`, no more `-1`, or as before `0`.
    """

    type: ClassVar[str] = "orders.payment_corrected.v1"

    payment_id: str
    paid_at: Moment
    difference_minor: int
    paid_minor: int
    completes: int
    lines: list[OrderLine]
    reason: str


class ShippedLine(msgspec.Struct, frozen=True, kw_only=True):
    """How many pieces of a line a parcel carries."""

    line_no: int
    sku: str | None
    quantity: int


class OrderShipped(OrderEvent, frozen=True, kw_only=True):
    """A parcel left; `is_complete` says whether nothing of the order remains to be sent.

    Orders of one buyer that share a parcel (合单) carry the same `parcel_id`; its weight and
    freight stand on one of them. `warehouse_id` None leaves the choice to inventory's reservation.
    """

    type: ClassVar[str] = "orders.order_shipped.v1"

    shipment_id: str
    courier: str
    waybill: str
    lines: list[ShippedLine]
    is_complete: bool
    weight_grams: int | None = None
    freight_cost_minor: int | None = None
    parcel_id: str | None = None
    warehouse_id: str | None = None
    paid_at: Moment | None = None
    ship_by: Moment | None = None


class OrderDelivered(OrderEvent, frozen=True, kw_only=True):
    """The buyer has the goods; the day-3 follow-up counts from `occurred_at`."""

    type: ClassVar[str] = "orders.order_delivered.v1"

    paid_at: Moment | None = None
    shipped_at: Moment | None = None


class OrderCompleted(OrderEvent, frozen=True, kw_only=True):
    """The trade is complete (交易完成); what was paid and refunded up to here."""

    type: ClassVar[str] = "orders.order_completed.v1"

    paid_at: Moment | None = None
    paid_minor: int = 0
    refunded_minor: int = 0


class OrderCancelled(OrderEvent, frozen=True, kw_only=True):
    """The order will not be fulfilled; `was_paid` says whether money has to go back.

    `exit` is cancelled, closed_unpaid (not paid in time), void (before printing), intercepted (the
    parcel is called back) or fraud. Reservations of what was not shipped are released.
    """

    type: ClassVar[str] = "orders.order_cancelled.v1"

    reason: str
    was_paid: bool
    lines: list[OrderLine]
    total_minor: int
    exit: str = "cancelled"
    paid_at: Moment | None = None
    paid_minor: int = 0
    coupon_codes: tuple[str, ...] = ()


class RefundLine(msgspec.Struct, frozen=True, kw_only=True):
    """What of a line is refunded; quantity 0 means money only (仅退款).

    Of `quantity`, `unshipped_quantity` never left the house: their reservation is released.
    """

    line_no: int
    sku: str | None
    quantity: int
    amount_minor: int
    unshipped_quantity: int = 0


class RefundEvent(OrderEvent, frozen=True, kw_only=True):
    """A fact about one refund; `amount_minor` is the refund's sum, postage included.

    `paid_at` is when the order was paid whole, None if it never was. `is_quality_fault` and
    `is_disputed` make the 品质退款率 and the 纠纷退款率; urgent ones are marked to finance.
    """

    refund_id: str
    amount_minor: int
    postage_minor: int
    lines: list[RefundLine]
    reason: str
    with_return: bool
    paid_at: Moment | None = None
    is_time_assumed: bool = False
    requested_at: Moment | None = None
    reason_kind: str = "other"
    is_quality_fault: bool = False
    is_disputed: bool = False
    is_urgent: bool = False
    case_id: str | None = None


class RefundRequested(RefundEvent, frozen=True, kw_only=True):
    """The buyer asks for money back."""

    type: ClassVar[str] = "orders.refund_requested.v1"


class RefundApproved(RefundEvent, frozen=True, kw_only=True):
    """The shop agreed to a refund."""

    type: ClassVar[str] = "orders.refund_approved.v1"


class RefundRejected(RefundEvent, frozen=True, kw_only=True):
    """The shop refused a refund, or the buyer took the request back."""

    type: ClassVar[str] = "orders.refund_rejected.v1"


class RefundPaid(RefundEvent, frozen=True, kw_only=True):
    """The money went back, at `occurred_at`: the moment a refund counts in the figures."""

    type: ClassVar[str] = "orders.refund_paid.v1"

    refunded_minor: int


EVENTS: tuple[type[Event], ...] = (
    OrderPlaced,
    OrderAmended,
    PaymentReceived,
    OrderPaid,
    PaymentCorrected,
    OrderShipped,
    OrderDelivered,
    OrderCompleted,
    OrderCancelled,
    RefundRequested,
    RefundApproved,
    RefundRejected,
    RefundPaid,
)
