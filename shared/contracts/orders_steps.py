"""What orders states on the way from paid to followed up, and when a step is late."""

from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment
from shared.contracts.orders import OrderEvent, OrderLine, ShippedLine


class StepEvent(OrderEvent, frozen=True, kw_only=True):
    """The order moved on; `previous_at` is when it entered the state it left.

    `staff` is the staff number of who did it, None where a rule did.
    """

    previous_status: str
    previous_at: Moment
    paid_at: Moment | None = None
    staff: str | None = None


class OrderVerified(StepEvent, frozen=True, kw_only=True):
    """Goods, address, phone and postage were confirmed with the buyer (核对信息).

    `is_courier_fallback` says that the default courier does not reach the address (EMS instead).
    `waived_postage_minor` is the freight that the shop bears (免邮费), None where the store has no
    template for it. An order that an audit sent back is verified again: what counts then is the
    difference to `previous_waived_postage_minor`.
    """

    type: ClassVar[str] = "orders.order_verified.v1"

    courier: str | None = None
    is_courier_fallback: bool = False
    waived_postage_minor: int | None = None
    previous_waived_postage_minor: int = 0


class OrderAudited(StepEvent, frozen=True, kw_only=True):
    """The order was audited (审单): `verdict` is passed, rejected or held."""

    type: ClassVar[str] = "orders.order_audited.v1"

    verdict: str
    reason: str = ""


class OrderPrinted(StepEvent, frozen=True, kw_only=True):
    """Waybill and picking list are printed (打单): from here on it can no longer be void.

    An electronic waybill (电子面单) has its number at printing; `waybill` is None otherwise. Where
    the order travels in several parcels, `waybills` are those of all of them.
    """

    type: ClassVar[str] = "orders.order_printed.v1"

    courier: str
    lines: list[OrderLine]
    waybill: str | None = None
    waybills: list[str] = msgspec.field(default_factory=list)
    warehouse_id: str | None = None


class OrderPicked(StepEvent, frozen=True, kw_only=True):
    """The goods were taken from the shelf (配货)."""

    type: ClassVar[str] = "orders.order_picked.v1"


class OrderChecked(StepEvent, frozen=True, kw_only=True):
    """The picked goods were checked a second time (二次核对)."""

    type: ClassVar[str] = "orders.order_checked.v1"


class OrderPacked(StepEvent, frozen=True, kw_only=True):
    """The goods are packed (打包)."""

    type: ClassVar[str] = "orders.order_packed.v1"


class OrderFollowedUp(StepEvent, frozen=True, kw_only=True):
    """The buyer was asked after delivery for receipt and review (确认收货好评)."""

    type: ClassVar[str] = "orders.order_followed_up.v1"


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """One parcel, what of this order lies in it, and all orders that share it."""

    parcel_id: str
    lines: list[ShippedLine]
    order_ids: list[str]


class ParcelsPlanned(OrderEvent, frozen=True, kw_only=True):
    """The order will travel in these parcels, shared (合单) or several (拆单): all of them.

    None of them says that a plan was undone: it travels in a parcel of its own.
    """

    type: ClassVar[str] = "orders.parcels_planned.v1"

    parcels: list[Parcel]


class TrackingMoved(OrderEvent, frozen=True, kw_only=True):
    """A parcel's tracking changed (物流跟踪), and the buyer is to be told.

    `state` is collected, in_transit, out_for_delivery, delivered, failed or returned.
    """

    type: ClassVar[str] = "orders.tracking_moved.v1"

    shipment_id: str
    courier: str
    waybill: str
    state: str
    shipped_at: Moment


class OrderFlagged(OrderEvent, frozen=True, kw_only=True):
    """A flag with its note was set (插旗): purple is checked and ready, red is changed.

    The flag `none` says that it was taken off.

    `note_kind` names the template, or free; the note's text stays with the order.
    """

    type: ClassVar[str] = "orders.order_flagged.v1"

    flag: str
    previous_flag: str | None
    note_kind: str
    staff: str


class DeliveryChanged(OrderEvent, frozen=True, kw_only=True):
    """The buyer wants it otherwise (红旗): the printing list has it already.

    `changes` names what: address, phone, name, courier, invoice, card, delivery_time. Texts stay
    with the order. `province` is the one that holds, `previous_province` the one before.
    """

    type: ClassVar[str] = "orders.delivery_changed.v1"

    changes: list[str]
    previous_province: str | None
    is_paid: bool
    staff: str | None = None


class GoodsChanged(OrderEvent, frozen=True, kw_only=True):
    """Other models are to be sent of what is paid, at the same price (换款).

    Lines keep their numbers, quantities and amounts. Before payment it is `OrderAmended`.
    """

    type: ClassVar[str] = "orders.goods_changed.v1"

    lines: list[OrderLine]
    previous_lines: list[OrderLine]
    paid_at: Moment | None = None
    staff: str | None = None


class OrderAttributed(OrderEvent, frozen=True, kw_only=True):
    """The sale is attributed to `agent`, as `rule` says: chat, flag, chaser or source.

    `agent` None is nobody's.
    """

    type: ClassVar[str] = "orders.order_attributed.v1"

    rule: str
    previous_agent: str | None
    total_minor: int
    paid_at: Moment | None = None


class OrderMarkedUrgent(OrderEvent, frozen=True, kw_only=True):
    """The warehouse is to pick and ship this order first."""

    type: ClassVar[str] = "orders.order_marked_urgent.v1"

    reason: str
    lines: list[OrderLine]
    staff: str | None = None


class PaymentOverdue(OrderEvent, frozen=True, kw_only=True):
    """Nobody has paid yet: stated once per `level`.

    owner: after 12 h the owner agent chases (催付). open: after 24 h any other agent may (追单).
    """

    type: ClassVar[str] = "orders.payment_overdue.v1"

    level: str
    lines: list[OrderLine]
    total_minor: int
    closes_at: Moment | None = None


class ChaseWon(OrderEvent, frozen=True, kw_only=True):
    """A chased buyer paid: this order, or the one placed anew for `chased_order_id`."""

    type: ClassVar[str] = "orders.chase_won.v1"

    chaser: str
    chased_order_id: str
    level: str
    paid_minor: int


class ShippingOverdue(OrderEvent, frozen=True, kw_only=True):
    """The order is past its shipping deadline and something of it is not shipped.

    `paid_at` is None where cash on delivery is still to come.
    """

    type: ClassVar[str] = "orders.shipping_overdue.v1"

    paid_at: Moment | None
    ship_by: Moment
    status: str


class TrackingStalled(OrderEvent, frozen=True, kw_only=True):
    """A parcel has not moved for longer than the store's setting (2 days)."""

    type: ClassVar[str] = "orders.tracking_stalled.v1"

    shipment_id: str
    courier: str
    waybill: str
    moved_at: Moment


class FollowUpDue(OrderEvent, frozen=True, kw_only=True):
    """Some days after delivery (3) the buyer is to be asked for receipt and review."""

    type: ClassVar[str] = "orders.follow_up_due.v1"

    delivered_at: Moment
    lines: list[OrderLine]


EVENTS: tuple[type[Event], ...] = (
    OrderVerified,
    OrderAudited,
    OrderPrinted,
    OrderPicked,
    OrderChecked,
    OrderPacked,
    OrderFollowedUp,
    ParcelsPlanned,
    TrackingMoved,
    OrderFlagged,
    DeliveryChanged,
    GoodsChanged,
    OrderAttributed,
    OrderMarkedUrgent,
    PaymentOverdue,
    ChaseWon,
    ShippingOverdue,
    TrackingStalled,
    FollowUpDue,
)
