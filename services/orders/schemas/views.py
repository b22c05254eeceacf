"""What the API shows of orders; a buyer's data masked unless the caller may see it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from services.orders.domain.moves import STEPS
from services.orders.domain.order import Line, Order, Payment, Refund, Shipment
from shared.kernel.money import format_minor

Moment = Annotated[datetime, AfterValidator(lambda moment: moment.astimezone(UTC))]
"""Shown in UTC, whatever offset it was told with."""


class LineView(BaseModel):
    """A line; `amount` is after its own discount."""

    line_no: int
    sku: str | None
    name: str | None
    quantity: int
    unit_price: str
    discount: str
    amount: str
    is_gift: bool


class PaymentView(BaseModel):
    """Money that came in; `stated` is what the source said before any correction."""

    payment_id: str
    external_id: str
    amount: str
    stated: str
    paid_at: Moment
    method: str | None


class ShippedLineView(BaseModel):
    """How many pieces of a line a parcel holds."""

    line_no: int
    quantity: int


class ShipmentView(BaseModel):
    """A parcel; `is_complete` says that nothing remained to be sent after it."""

    shipment_id: str
    external_id: str
    courier: str
    waybill: str
    shipped_at: Moment
    lines: list[ShippedLineView]
    weight_grams: int | None
    is_complete: bool


class RefundLineView(BaseModel):
    """What of a line goes back."""

    line_no: int
    quantity: int
    amount: str


class RefundView(BaseModel):
    """Money that goes back, postage included."""

    refund_id: str
    external_id: str
    status: str
    amount: str
    postage: str
    lines: list[RefundLineView]
    reason: str
    with_return: bool
    requested_at: Moment
    approved_at: Moment | None
    rejected_at: Moment | None
    paid_at: Moment | None
    is_time_assumed: bool


class BuyerView(BaseModel):
    """A buyer; all but province and city is masked without the scope pii:read."""

    account: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    province: str | None = None
    city: str | None = None
    is_masked: bool = True


class HoldView(BaseModel):
    """Why nothing of an order goes on: `kind` is audit or fraud."""

    kind: str
    reason: str
    at: Moment


class OrderView(BaseModel):
    """An order; `refundable` is what was paid and is claimed by no standing refund."""

    order_id: str
    store_id: str
    external_id: str
    kind: str
    status: str
    currency: str
    placed_at: Moment
    paid_at: Moment | None
    shipped_at: Moment | None
    delivered_at: Moment | None
    completed_at: Moment | None
    cancelled_at: Moment | None
    cancel_reason: str
    verified_at: Moment | None
    audited_at: Moment | None
    printed_at: Moment | None
    picked_at: Moment | None
    checked_at: Moment | None
    packed_at: Moment | None
    followed_up_at: Moment | None
    hold: HoldView | None
    flag: str | None
    urgent_at: Moment | None
    lines: list[LineView]
    postage: str
    discount: str
    total: str
    paid: str
    refunded: str
    refundable: str
    buyer: BuyerView
    agent: str | None
    payments: list[PaymentView]
    shipments: list[ShipmentView]
    refunds: list[RefundView]
    backfill: bool
    source_updated_at: Moment | None
    version: int
    created_at: Moment
    updated_at: Moment


class OrderAnswer(BaseModel):
    """An order after a request, what the request did, and the receipt of its last event."""

    order: OrderView
    outcome: str
    receipt: str


def mask(name: str, text: str) -> str:
    """Return what is shown of a buyer's data: `13******78`, `王**`, nothing of an address."""
    if name == "address":
        return "***"
    if name == "phone" and len(text) > 4:  # noqa: PLR2004 - two digits at each end
        return text[:2] + "*" * (len(text) - 4) + text[-2:]
    return text[:1] + "**"


def order_view(
    order: Order, buyer: BuyerView, *, created_at: datetime, updated_at: datetime
) -> OrderView:
    """Return an order as the API shows it."""
    currency = order.currency
    return OrderView(
        order_id=order.order_id,
        store_id=order.store_id,
        external_id=order.external_id,
        kind=order.kind,
        status=order.status,
        currency=currency,
        placed_at=order.placed_at,
        paid_at=order.paid_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        completed_at=order.completed_at,
        cancelled_at=order.cancelled_at,
        cancel_reason=order.cancel_reason,
        **_work(order),
        lines=[_line(line, currency) for line in order.lines],
        postage=format_minor(order.postage_minor, currency),
        discount=format_minor(order.discount_minor, currency),
        total=format_minor(order.total_minor, currency),
        paid=format_minor(order.paid_minor, currency),
        refunded=format_minor(order.refunded_minor, currency),
        refundable=format_minor(order.refundable_minor, currency),
        buyer=buyer,
        agent=order.agent,
        payments=[_payment(payment, currency) for payment in order.payments],
        shipments=[_shipment(shipment) for shipment in order.shipments],
        refunds=[_refund(refund, currency) for refund in order.refunds],
        backfill=order.is_backfill,
        source_updated_at=order.source_updated_at,
        version=order.version,
        created_at=created_at,
        updated_at=updated_at,
    )


def _work(order: Order) -> dict[str, Any]:
    hold = order.hold
    return {
        **{f"{step}_at": order.steps.get(step) for step in STEPS},
        "followed_up_at": order.followed_up_at,
        "hold": hold and HoldView(kind=hold.kind, reason=hold.reason, at=hold.at),
        "flag": order.flag,
        "urgent_at": order.urgent_at,
    }


def _line(line: Line, currency: str) -> LineView:
    return LineView(
        line_no=line.line_no,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=f"{line.unit_price:f}",
        discount=format_minor(line.discount_minor, currency),
        amount=format_minor(line.amount_minor, currency),
        is_gift=line.is_gift,
    )


def _payment(payment: Payment, currency: str) -> PaymentView:
    return PaymentView(
        payment_id=payment.payment_id,
        external_id=payment.external_id,
        amount=format_minor(payment.amount_minor, currency),
        stated=format_minor(payment.stated_minor, currency),
        paid_at=payment.paid_at,
        method=payment.method,
    )


def _shipment(shipment: Shipment) -> ShipmentView:
    return ShipmentView(
        shipment_id=shipment.shipment_id,
        external_id=shipment.external_id,
        courier=shipment.courier,
        waybill=shipment.waybill,
        shipped_at=shipment.shipped_at,
        lines=[
            ShippedLineView(line_no=part.line_no, quantity=part.quantity)
            for part in shipment.lines or ()
        ],
        weight_grams=shipment.weight_grams,
        is_complete=shipment.is_complete,
    )


def _refund(refund: Refund, currency: str) -> RefundView:
    return RefundView(
        refund_id=refund.refund_id,
        external_id=refund.external_id,
        status=refund.status,
        amount=format_minor(refund.amount_minor, currency),
        postage=format_minor(refund.postage_minor, currency),
        lines=[
            RefundLineView(
                line_no=part.line_no,
                quantity=part.quantity,
                amount=format_minor(part.amount_minor, currency),
            )
            for part in refund.lines
        ],
        reason=refund.reason,
        with_return=refund.with_return,
        requested_at=refund.requested_at,
        approved_at=refund.approved_at,
        rejected_at=refund.rejected_at,
        paid_at=refund.paid_at,
        is_time_assumed=refund.is_time_assumed,
    )
