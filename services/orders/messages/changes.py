"""Facts of orders into events."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from services.orders.domain import facts
from services.orders.domain.moves import RefundStatus
from services.orders.domain.order import Order
from services.orders.domain.parts import Refund
from services.orders.messages.deadlines import ship_by
from services.orders.messages.repeated import Common, common_of, lines_of
from services.orders.messages.steps import flagged, stepped, suspected, trusted, urged
from shared.contracts import orders as contracts
from shared.contracts import orders_cases as cases
from shared.contracts import orders_steps as steps
from shared.contracts.envelope import Event
from shared.contracts.orders_cases import RefundMarkedUrgent
from shared.registry.stores import Store


def events_of(
    order: Order,
    happened: Iterable[facts.Fact],
    store: Store,
    *,
    is_backfill: bool = False,
    source_updated_at: datetime | None = None,
) -> list[Event]:
    """Return the events of what happened to an order, in the order of the facts."""
    common = common_of(
        order, store.calendar, is_backfill=is_backfill, source_updated_at=source_updated_at
    )
    events = [
        _BUILDERS[type(fact)](order, fact, {**common, "occurred_at": fact.at}) for fact in happened
    ]
    deadline = ship_by(order, store)
    return [_with_deadline(event, deadline) for event in events]


def _with_deadline(event: Event, deadline: datetime | None) -> Event:
    if deadline is None or not isinstance(event, contracts.OrderPaid | contracts.OrderShipped):
        return event
    return msgspec.structs.replace(event, ship_by=deadline)


def _whole(order: Order) -> Common:
    return {
        "lines": lines_of(order.lines),
        "postage_minor": order.postage_minor,
        "discount_minor": order.discount_minor,
        "total_minor": order.total_minor,
        "waived_postage_minor": order.carriage.waived_minor or 0,
    }


def _placed(order: Order, _: facts.Placed, common: Common) -> Event:
    return contracts.OrderPlaced(**common, **_whole(order), kind=order.kind)


def _amended(order: Order, fact: facts.Amended, common: Common) -> Event:
    return contracts.OrderAmended(
        **common,
        **_whole(order),
        previous_lines=lines_of(fact.previous_lines),
        previous_total_minor=fact.previous_total_minor,
        previous_province=fact.previous_province,
        reason=fact.reason,
        amended_by=fact.staff,
        original_total_minor=None if order.original is None else order.original.total_minor,
    )


def _redirected(_: Order, fact: facts.Redirected, common: Common) -> Event:
    return steps.DeliveryChanged(
        **common,
        changes=list(fact.changes),
        previous_province=fact.previous_province,
        is_paid=fact.is_paid,
        staff=fact.staff,
    )


def _goods_changed(order: Order, fact: facts.GoodsChanged, common: Common) -> Event:
    return steps.GoodsChanged(
        **common,
        lines=lines_of(order.lines),
        previous_lines=lines_of(fact.previous_lines),
        paid_at=order.paid_at,
        staff=fact.staff,
    )


def _chase_won(order: Order, fact: facts.ChaseWon, common: Common) -> Event:
    return steps.ChaseWon(
        **common,
        chaser=fact.chase.staff,
        chased_order_id=fact.chase.order_id,
        level=fact.chase.level,
        paid_minor=order.paid_minor,
    )


def _attributed(order: Order, fact: facts.Attributed, common: Common) -> Event:
    return steps.OrderAttributed(
        **common,
        rule=fact.rule,
        previous_agent=fact.previous_agent,
        total_minor=order.total_minor,
        paid_at=order.paid_at,
    )


def _paid(order: Order, fact: facts.Paid, common: Common) -> Event:
    payment: Common = {
        "payment_id": fact.payment.payment_id,
        "payment_minor": fact.payment.amount_minor,
        "paid_minor": fact.paid_minor,
        "method": fact.payment.method,
    }
    if not fact.is_whole:
        return contracts.PaymentReceived(**common, **payment, total_minor=order.total_minor)
    return contracts.OrderPaid(**common, **payment, **_whole(order), kind=order.kind)


def _corrected(order: Order, fact: facts.Corrected, common: Common) -> Event:
    return contracts.PaymentCorrected(
        **common,
        payment_id=fact.payment.payment_id,
        paid_at=fact.payment.paid_at,
        difference_minor=fact.difference_minor,
        paid_minor=fact.paid_minor,
        completes=fact.completes,
        lines=lines_of(order.lines),
        reason=fact.reason,
    )


def _shipped(order: Order, fact: facts.Shipped, common: Common) -> Event:
    skus = {line.line_no: line.sku for line in order.lines}
    shipment = fact.shipment
    return contracts.OrderShipped(
        **common,
        shipment_id=shipment.shipment_id,
        courier=shipment.courier,
        waybill=shipment.waybill,
        lines=[
            contracts.ShippedLine(
                line_no=part.line_no, sku=skus.get(part.line_no), quantity=part.quantity
            )
            for part in shipment.lines or ()
        ],
        is_complete=shipment.is_complete,
        weight_grams=shipment.weight_grams,
        paid_at=order.paid_at,
    )


def _tracked(_: Order, fact: facts.Tracked, common: Common) -> Event:
    shipment = fact.shipment
    return steps.TrackingMoved(
        **common,
        shipment_id=shipment.shipment_id,
        courier=shipment.courier,
        waybill=shipment.waybill,
        state=shipment.tracking_state or "",
        shipped_at=shipment.shipped_at,
    )


def _delivered(order: Order, _: facts.Delivered, common: Common) -> Event:
    return contracts.OrderDelivered(**common, paid_at=order.paid_at, shipped_at=order.shipped_at)


def _completed(order: Order, _: facts.Completed, common: Common) -> Event:
    return contracts.OrderCompleted(
        **common,
        paid_at=order.paid_at,
        paid_minor=order.paid_minor,
        refunded_minor=order.refunded_minor,
    )


def _cancelled(order: Order, fact: facts.Cancelled, common: Common) -> Event:
    return contracts.OrderCancelled(
        **common,
        reason=order.cancel_reason,
        exit=order.exit,
        was_paid=fact.was_paid,
        lines=lines_of(order.lines),
        total_minor=order.total_minor,
        paid_at=order.paid_at,
        paid_minor=order.paid_minor,
    )


_REFUND_EVENTS: Mapping[RefundStatus, type[contracts.RefundEvent]] = MappingProxyType(
    {
        RefundStatus.REQUESTED: contracts.RefundRequested,
        RefundStatus.APPROVED: contracts.RefundApproved,
        RefundStatus.REJECTED: contracts.RefundRejected,
    }
)


def _refund_moved(order: Order, fact: facts.RefundMoved, common: Common) -> Event:
    terms = _terms(order, fact.refund, fact.paid_at)
    if fact.status is RefundStatus.PAID:
        return contracts.RefundPaid(**common, **terms, refunded_minor=fact.refunded_minor)
    return _REFUND_EVENTS[fact.status](**common, **terms)


def _refund_urged(order: Order, fact: facts.RefundUrged, common: Common) -> Event:
    return RefundMarkedUrgent(**common, **_terms(order, fact.refund, order.paid_at))


def _terms(order: Order, refund: Refund, paid_at: datetime | None) -> Common:
    return {
        "refund_id": refund.refund_id,
        "amount_minor": refund.amount_minor,
        "postage_minor": refund.postage_minor,
        "lines": _refundlines_of(order, refund),
        "reason": refund.reason,
        "with_return": refund.with_return,
        "paid_at": paid_at,
        "is_time_assumed": refund.is_time_assumed,
        "requested_at": refund.requested_at,
        "reason_kind": refund.reason_kind,
        "is_quality_fault": refund.is_quality_fault,
        "case_id": refund.case_id,
        "is_disputed": refund.is_disputed,
        "is_urgent": refund.urgent_at is not None,
    }


def _refundlines_of(order: Order, refund: Refund) -> list[contracts.RefundLine]:
    if not refund.lines:
        return []
    skus = {line.line_no: line.sku for line in order.lines}
    unshipped = order.remaining() if order.shipped_at is None else {}
    return [
        contracts.RefundLine(
            line_no=part.line_no,
            sku=skus.get(part.line_no),
            quantity=part.quantity,
            amount_minor=part.amount_minor,
            unshipped_quantity=min(part.quantity, unshipped.get(part.line_no, 0)),
        )
        for part in refund.lines
    ]


def _archived(_: Order, __: facts.Archived, common: Common) -> Event:
    return cases.OrderArchived(**common)


_BUILDERS: Mapping[type[facts.Fact], Callable[[Order, Any, Common], Event]] = MappingProxyType(
    {
        facts.Placed: _placed,
        facts.Amended: _amended,
        facts.Redirected: _redirected,
        facts.GoodsChanged: _goods_changed,
        facts.Attributed: _attributed,
        facts.ChaseWon: _chase_won,
        facts.Paid: _paid,
        facts.Corrected: _corrected,
        facts.Stepped: stepped,
        facts.Flagged: flagged,
        facts.Urged: urged,
        facts.Suspected: suspected,
        facts.Trusted: trusted,
        facts.Shipped: _shipped,
        facts.Tracked: _tracked,
        facts.Delivered: _delivered,
        facts.Completed: _completed,
        facts.Cancelled: _cancelled,
        facts.RefundMoved: _refund_moved,
        facts.RefundUrged: _refund_urged,
        facts.Archived: _archived,
    }
)
