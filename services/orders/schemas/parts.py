"""What the API shows of the parts of an order; a buyer's data can be masked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from services.orders.domain.parts import Line, Payment, Refund, Shipment, Wishes
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
    channel: str | None
    instalments: int | None


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
    tracking_state: str | None
    tracked_at: Moment | None


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
    reason_kind: str
    is_quality_fault: bool
    case_id: str | None
    is_disputed: bool
    urgent_at: Moment | None


class BuyerView(BaseModel):
    """A buyer; all but province and city is masked without the scope pii:read."""

    account: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    province: str | None = None
    city: str | None = None
    is_masked: bool = True


class WishesView(BaseModel):
    """What the buyer asked for; invoice title and card text masked without the scope pii:read."""

    courier: str | None = None
    delivery_time: str | None = None
    invoice_title: str | None = None
    card_text: str | None = None


class HoldView(BaseModel):
    """Why nothing of an order goes on: `kind` is audit, fraud or problem."""

    kind: str
    reason: str
    at: Moment


_HIDDEN = frozenset({"address", "invoice_title", "card_text"})


def mask(name: str, text: str) -> str:
    """Return what is shown of a buyer's data: `13******78`, `王**`, nothing of an address."""
    if name in _HIDDEN:
        return "***"
    if name == "phone" and len(text) > 4:  # noqa: PLR2004 - two digits at each end
        return text[:2] + "*" * (len(text) - 4) + text[-2:]
    return text[:1] + "**"


def wishes_fields(wishes: Wishes, shown: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the fields of a `WishesView`, with the buyer's own words as given."""
    return {"courier": wishes.courier, "delivery_time": wishes.delivery_time, **shown}


def line_fields(line: Line, currency: str) -> dict[str, Any]:
    """Return the fields of a `LineView`."""
    return {
        "line_no": line.line_no,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": f"{line.unit_price:f}",
        "discount": format_minor(line.discount_minor, currency),
        "amount": format_minor(line.amount_minor, currency),
        "is_gift": line.is_gift,
    }


def payment_fields(payment: Payment, currency: str) -> dict[str, Any]:
    """Return the fields of a `PaymentView`."""
    return {
        "payment_id": payment.payment_id,
        "external_id": payment.external_id,
        "amount": format_minor(payment.amount_minor, currency),
        "stated": format_minor(payment.stated_minor, currency),
        "paid_at": payment.paid_at,
        "method": payment.method,
        "channel": payment.channel,
        "instalments": payment.instalments,
    }


def shipment_fields(shipment: Shipment) -> dict[str, Any]:
    """Return the fields of a `ShipmentView`."""
    return {
        "shipment_id": shipment.shipment_id,
        "external_id": shipment.external_id,
        "courier": shipment.courier,
        "waybill": shipment.waybill,
        "shipped_at": shipment.shipped_at,
        "lines": [
            {"line_no": part.line_no, "quantity": part.quantity} for part in shipment.lines or ()
        ],
        "weight_grams": shipment.weight_grams,
        "is_complete": shipment.is_complete,
        "tracking_state": shipment.tracking_state,
        "tracked_at": shipment.tracked_at,
    }


def refund_fields(refund: Refund, currency: str) -> dict[str, Any]:
    """Return the fields of a `RefundView`."""
    return {
        "refund_id": refund.refund_id,
        "external_id": refund.external_id,
        "status": refund.status,
        "amount": format_minor(refund.amount_minor, currency),
        "postage": format_minor(refund.postage_minor, currency),
        "lines": [
            {
                "line_no": part.line_no,
                "quantity": part.quantity,
                "amount": format_minor(part.amount_minor, currency),
            }
            for part in refund.lines
        ],
        "reason": refund.reason,
        "with_return": refund.with_return,
        "requested_at": refund.requested_at,
        "approved_at": refund.approved_at,
        "rejected_at": refund.rejected_at,
        "paid_at": refund.paid_at,
        "is_time_assumed": refund.is_time_assumed,
        "reason_kind": refund.reason_kind,
        "is_quality_fault": refund.is_quality_fault,
        "case_id": refund.case_id,
        "is_disputed": refund.is_disputed,
        "urgent_at": refund.urgent_at,
    }
