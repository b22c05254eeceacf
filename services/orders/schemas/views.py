"""What the API shows of orders; a buyer's data masked unless the caller may see it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.orders.domain.moves import STEPS
from services.orders.domain.order import Order
from services.orders.schemas.parts import (
    BuyerView,
    HoldView,
    LineView,
    Moment,
    PaymentView,
    RefundView,
    ShipmentView,
    WishesView,
    line_fields,
    payment_fields,
    refund_fields,
    shipment_fields,
)
from shared.kernel.money import format_minor


class OrderView(BaseModel):
    """An order; `refundable` is what was paid and is claimed by no standing refund.

    `payment_difference` is what a paid order got above its total, below zero what it lacks.
    When it is verified it has its courier, the postage that the store's template asks, and the
    freight that the shop bears; where staff changed its price, `original_total` is what it was.
    """

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
    flag_note: str | None
    urgent_at: Moment | None
    changed_at: Moment | None
    requests: WishesView
    chaser: str | None
    chased_at: Moment | None
    courier: str | None
    is_courier_fallback: bool
    postage_due: str | None
    waived_postage: str | None
    original_total: str | None
    in_transit_at: Moment | None
    archived_at: Moment | None
    lines: list[LineView]
    postage: str
    discount: str
    total: str
    paid: str
    payment_difference: str
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


class CountView(BaseModel):
    """How many orders: all of them, and those paid whole and not called off since."""

    all: int
    paid: int


class BuyerOrdersView(BaseModel):
    """What the buyer's account ordered: in the order's store, and in all stores of the caller."""

    store: CountView
    stores: CountView


class ShortView(BaseModel):
    """A line that fell short of stock."""

    line_no: int
    sku: str | None
    wanted: int
    available: int


class OrderStockView(BaseModel):
    """Whether the goods are set aside: reserved (until `expires_at`), rejected or released."""

    state: str
    reason: str
    short: list[ShortView]
    expires_at: Moment | None
    stated_at: Moment


class FoundOrderView(OrderView):
    """An order with how many its buyer has; null where the source knows no account.

    `stock` is inventory's last word, null where it said none: it keeps none of these goods, or has
    nothing set aside yet.
    """

    buyer_orders: BuyerOrdersView | None
    stock: OrderStockView | None


class OrderAnswer(BaseModel):
    """An order after a request, what the request did, and the receipt of its last event."""

    order: OrderView
    outcome: str
    receipt: str


def order_fields(
    order: Order,
    buyer: Mapping[str, Any],
    requests: Mapping[str, Any],
    *,
    created_at: datetime,
    updated_at: datetime,
) -> dict[str, Any]:
    """Return the fields of an `OrderView`, those of its buyer and requests given."""
    currency = order.currency
    return {
        "order_id": order.order_id,
        "store_id": order.store_id,
        "external_id": order.external_id,
        "kind": order.kind,
        "status": order.status,
        "currency": currency,
        "placed_at": order.placed_at,
        "cancel_reason": order.cancel_reason,
        **{name: getattr(order, name) for name in _MOMENTS},
        **_work(order),
        "lines": [line_fields(line, currency) for line in order.lines],
        "postage": format_minor(order.postage_minor, currency),
        "discount": format_minor(order.discount_minor, currency),
        "total": format_minor(order.total_minor, currency),
        "paid": format_minor(order.paid_minor, currency),
        "payment_difference": format_minor(order.payment_difference_minor, currency),
        "refunded": format_minor(order.refunded_minor, currency),
        "refundable": format_minor(order.refundable_minor, currency),
        "buyer": buyer,
        "requests": requests,
        "agent": order.agent,
        "payments": [payment_fields(payment, currency) for payment in order.payments],
        "shipments": [shipment_fields(shipment) for shipment in order.shipments],
        "refunds": [refund_fields(refund, currency) for refund in order.refunds],
        "backfill": order.is_backfill,
        "source_updated_at": order.source_updated_at,
        "version": order.version,
        "created_at": created_at,
        "updated_at": updated_at,
    }


_MOMENTS = ("paid_at", "shipped_at", "delivered_at", "completed_at", "cancelled_at")


def _work(order: Order) -> dict[str, Any]:
    hold = order.held_for
    return {
        **{f"{step}_at": order.steps.get(step) for step in STEPS},
        "followed_up_at": order.followed_up_at,
        "hold": hold and {"kind": hold.kind, "reason": hold.reason, "at": hold.at},
        "flag": order.flag,
        "flag_note": order.flag_note,
        "urgent_at": order.urgent_at,
        "changed_at": order.changed_at,
        "chaser": order.chase and order.chase.staff,
        "chased_at": order.chase and order.chase.at,
        "courier": order.courier,
        "is_courier_fallback": order.carriage.is_fallback,
        "postage_due": _money(order.carriage.due_minor, order.currency),
        "waived_postage": _money(order.carriage.waived_minor, order.currency),
        "original_total": order.original
        and format_minor(order.original.total_minor, order.currency),
        "in_transit_at": order.in_transit_at,
        "archived_at": order.archived_at,
    }


def _money(minor: int | None, currency: str) -> str | None:
    return None if minor is None else format_minor(minor, currency)
