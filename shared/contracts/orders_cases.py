"""What orders states beside the life of an order: trouble, after-sale, disputes, and money."""

from datetime import date
from typing import ClassVar

import msgspec

from shared.contracts.envelope import Event, Moment, StoreEvent
from shared.contracts.orders import OrderEvent, OrderLine, RefundEvent, ShippedLine


class ProblemEvent(OrderEvent, frozen=True, kw_only=True):
    """A fact about a problem order (问题订单).

    `kind` is out_of_stock, address, courier, price, wrong_shipment, fraud, custom or other;
    `due_at` is the store's limit of 24 hours.
    """

    problem_id: str
    kind: str
    opened_at: Moment
    due_at: Moment
    owner_staff: str | None = None


class ProblemOpened(ProblemEvent, frozen=True, kw_only=True):
    """The order cannot go on as it is; `lines` are the ones concerned."""

    type: ClassVar[str] = "orders.problem_opened.v1"

    lines: list[OrderLine]
    reason: str = ""


class ProblemOverdue(ProblemEvent, frozen=True, kw_only=True):
    """The problem is not solved within its limit and goes up the chain: stated once."""

    type: ClassVar[str] = "orders.problem_overdue.v1"


class ProblemClosed(ProblemEvent, frozen=True, kw_only=True):
    """The problem is solved: the order goes on, changes, or was cancelled."""

    type: ClassVar[str] = "orders.problem_closed.v1"

    outcome: str


class FraudSuspected(OrderEvent, frozen=True, kw_only=True):
    """The order is held for fraud (欺诈): nothing of it is shipped."""

    type: ClassVar[str] = "orders.fraud_suspected.v1"

    reason: str
    staff: str | None = None


class FraudCleared(OrderEvent, frozen=True, kw_only=True):
    """The suspicion was unfounded and the order goes on; confirmed fraud is `OrderCancelled`."""

    type: ClassVar[str] = "orders.fraud_cleared.v1"

    held_at: Moment
    staff: str | None = None


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """What of a line comes back, is exchanged or repaired; `wanted_sku` is sent instead."""

    line_no: int
    sku: str | None
    quantity: int
    wanted_sku: str | None = None


class AfterSaleEvent(OrderEvent, frozen=True, kw_only=True):
    """A fact about a return (退货), exchange (换货) or repair (维修): `kind` says which.

    `responsible` is buyer, seller, courier or supplier; the two freights are who pays what by that
    rule. Photos and texts stay with the order.
    """

    case_id: str
    kind: str
    lines: list[CaseLine]
    reason_kind: str
    responsible: str
    is_quality_fault: bool
    opened_at: Moment
    shop_freight_minor: int = 0
    buyer_freight_minor: int = 0
    refund_id: str | None = None


class AfterSaleOpened(AfterSaleEvent, frozen=True, kw_only=True):
    """The buyer wants goods returned, exchanged or repaired."""

    type: ClassVar[str] = "orders.after_sale_opened.v1"


class AfterSaleAgreed(AfterSaleEvent, frozen=True, kw_only=True):
    """The shop agreed: goods are expected at `warehouse_id`; inventory sets an exchange aside."""

    type: ClassVar[str] = "orders.after_sale_agreed.v1"

    warehouse_id: str | None = None


class GoodsSentBack(AfterSaleEvent, frozen=True, kw_only=True):
    """The buyer sent the goods; inventory answers their arrival with `ReturnInspected`."""

    type: ClassVar[str] = "orders.goods_sent_back.v1"

    courier: str
    waybill: str
    warehouse_id: str | None = None


class ReplacementShipped(AfterSaleEvent, frozen=True, kw_only=True):
    """The exchanged or repaired goods left for the buyer; `shipped` is what inventory issues."""

    type: ClassVar[str] = "orders.replacement_shipped.v1"

    shipment_id: str
    courier: str
    waybill: str
    shipped: list[ShippedLine]


class AfterSaleClosed(AfterSaleEvent, frozen=True, kw_only=True):
    """The case is over: `outcome` is refunded, exchanged, repaired, refused or withdrawn."""

    type: ClassVar[str] = "orders.after_sale_closed.v1"

    outcome: str


class DisputeEvent(OrderEvent, frozen=True, kw_only=True):
    """A fact about a dispute that the platform decides (维权)."""

    dispute_id: str
    kind: str
    amount_minor: int
    opened_at: Moment
    refund_id: str | None = None


class DisputeOpened(DisputeEvent, frozen=True, kw_only=True):
    """The buyer called the platform; answer by `answer_by`."""

    type: ClassVar[str] = "orders.dispute_opened.v1"

    answer_by: Moment | None = None


class DisputeClosed(DisputeEvent, frozen=True, kw_only=True):
    """The dispute is over: `ruling` is buyer, seller, settled or withdrawn."""

    type: ClassVar[str] = "orders.dispute_closed.v1"

    ruling: str


class WrongShipmentRegistered(OrderEvent, frozen=True, kw_only=True):
    """Something wrong was sent (发错): `kind` is wrong_sku, short, surplus or wrong_parcel.

    `responsible_staff` is the person it is put down to (责任到人).
    """

    type: ClassVar[str] = "orders.wrong_shipment_registered.v1"

    register_id: str
    kind: str
    shipped: list[ShippedLine]
    solution: str
    shipment_id: str | None = None
    responsible_staff: str | None = None
    cost_minor: int = 0


class RefundMarkedUrgent(RefundEvent, frozen=True, kw_only=True):
    """Finance is to pay this refund first, lest it becomes a complaint or a bad review."""

    type: ClassVar[str] = "orders.refund_marked_urgent.v1"


class InvoiceRequested(OrderEvent, frozen=True, kw_only=True):
    """The buyer wants an invoice (发票); an unclear request waits for finance."""

    type: ClassVar[str] = "orders.invoice_requested.v1"

    invoice_id: str
    amount_minor: int
    is_unclear: bool = False


class InvoiceIssued(OrderEvent, frozen=True, kw_only=True):
    """The invoice is written."""

    type: ClassVar[str] = "orders.invoice_issued.v1"

    invoice_id: str
    amount_minor: int
    requested_at: Moment


class CustomMadeAgreed(OrderEvent, frozen=True, kw_only=True):
    """Specification and delivery date of a custom-made order (定制) are agreed: to the supplier."""

    type: ClassVar[str] = "orders.custom_made_agreed.v1"

    lines: list[OrderLine]
    deliver_by: Moment
    specification_id: str
    supplier_id: str | None = None


class OrderArchived(OrderEvent, frozen=True, kw_only=True):
    """The papers are filed (归档) and nothing is open any more."""

    type: ClassVar[str] = "orders.order_archived.v1"


class SettlementReceived(StoreEvent, frozen=True, kw_only=True):
    """The platform paid out (货款): gross, its fees and what arrived, for its own period.

    Days are the store's business days, both inclusive. `is_matched` says that the bill equals what
    orders expected.
    """

    type: ClassVar[str] = "orders.settlement_received.v1"

    settlement_id: str
    currency: str
    from_day: date
    to_day: date
    order_count: int
    gross_minor: int
    fee_minor: int
    settled_minor: int
    expected_minor: int
    is_matched: bool

    def key(self) -> str:
        """Order matters per settlement."""
        return self.settlement_id


EVENTS: tuple[type[Event], ...] = (
    ProblemOpened,
    ProblemOverdue,
    ProblemClosed,
    FraudSuspected,
    FraudCleared,
    AfterSaleOpened,
    AfterSaleAgreed,
    GoodsSentBack,
    ReplacementShipped,
    AfterSaleClosed,
    DisputeOpened,
    DisputeClosed,
    WrongShipmentRegistered,
    RefundMarkedUrgent,
    InvoiceRequested,
    InvoiceIssued,
    CustomMadeAgreed,
    OrderArchived,
    SettlementReceived,
)
