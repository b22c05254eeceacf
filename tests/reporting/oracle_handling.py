"""The second opinion on what becomes of orders after they are placed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from shared.contracts import orders, orders_cases, orders_steps

Handled = tuple[str, int]
"""A measure of the whole order, and its value."""

_ONE: dict[type, str] = {
    orders_steps.ShippingOverdue: "orders_overdue",
    orders_steps.TrackingStalled: "parcels_stalled",
    orders_steps.FollowUpDue: "follow_ups_due",
    orders_steps.OrderFollowedUp: "follow_ups_done",
    orders_cases.RefundMarkedUrgent: "refunds_urgent",
    orders_cases.ProblemOpened: "problems_opened",
    orders_cases.ProblemOverdue: "problems_overdue",
    orders_cases.FraudSuspected: "fraud_holds",
    orders_cases.FraudCleared: "fraud_cleared",
}
_MONEY: dict[type, tuple[str, str, str | None]] = {
    orders.RefundApproved: ("approved_minor", "amount_minor", None),
    orders.RefundRejected: ("rejected_minor", "amount_minor", "refunds_rejected"),
    orders_cases.DisputeOpened: ("disputed_minor", "amount_minor", "disputes_opened"),
    orders_steps.ChaseWon: ("chased_minor", "paid_minor", "chases_won"),
    orders_cases.WrongShipmentRegistered: ("wrong_shipment_minor", "cost_minor", "wrong_shipments"),
}


def handled(event: Any) -> Iterator[Handled]:
    if type(event) in _ONE:
        yield _ONE[type(event)], 1
    if type(event) in _MONEY:
        measure, field, counted = _MONEY[type(event)]
        yield measure, getattr(event, field)
        yield counted or "", 1
    yield from _SEVERAL.get(type(event), _nothing)(event)


def _nothing(event: Any) -> Iterator[Handled]:
    del event
    yield from ()


def _cancelled(event: orders.OrderCancelled) -> Iterator[Handled]:
    yield "cancelled_after_payment", int(event.was_paid)
    yield "cancelled_" + event.exit.replace("closed_", ""), 1


def _requested(event: orders.RefundRequested) -> Iterator[Handled]:
    yield "requested_minor", event.amount_minor
    yield "requested_with_return", int(event.with_return)


def _unpaid(event: orders_steps.PaymentOverdue) -> Iterator[Handled]:
    yield "orders_to_chase", int(event.level == "owner")
    yield "to_chase_minor", event.total_minor if event.level == "owner" else 0
    yield "orders_open_to_chase", int(event.level == "open")


def _case_closed(event: orders_cases.AfterSaleClosed) -> Iterator[Handled]:
    yield "cases_closed", 1
    yield event.kind + "s_closed", 1
    yield "case_seconds", _seconds(event.opened_at, event.occurred_at)
    yield "shop_freight_minor", event.shop_freight_minor


def _ruled(event: orders_cases.DisputeClosed) -> Iterator[Handled]:
    yield "disputes_closed", 1
    yield {"buyer": "disputes_lost", "seller": "disputes_won"}.get(event.ruling, ""), 1


def _solved(event: orders_cases.ProblemClosed) -> Iterator[Handled]:
    yield "problems_closed", 1
    yield "problems_closed_in_time", int(event.due_at >= event.occurred_at)
    yield "problem_seconds", _seconds(event.opened_at, event.occurred_at)


def _seconds(begun: datetime, ended: datetime) -> int:
    return max(0, int((ended - begun).total_seconds()))


def _shipped(event: orders.OrderShipped) -> Iterator[Handled]:
    yield "parcels_shipped", 1
    if event.is_complete and event.paid_at is not None and event.paid_at <= event.occurred_at:
        yield "orders_timed", 1
        yield "shipping_seconds", _seconds(event.paid_at, event.occurred_at)
    if event.is_complete and event.ship_by is not None:
        yield "orders_shipped_due", 1
        yield "orders_shipped_in_time", int(event.ship_by >= event.occurred_at)


def _refunded(event: orders.RefundPaid) -> Iterator[Handled]:
    at = event.requested_at
    if at is not None and at <= event.occurred_at and not event.is_time_assumed:
        yield "refunds_timed", 1
        yield "refund_seconds", _seconds(at, event.occurred_at)
    pieces = sum(line.quantity for line in event.lines)
    is_unshipped = pieces and pieces == sum(
        min(line.quantity, line.unshipped_quantity) for line in event.lines
    )
    for is_so, count, money in (
        (event.with_return, "", "refunded_with_return_minor"),
        (is_unshipped, "refunds_unshipped", "refunded_unshipped_minor"),
        (event.is_quality_fault, "refunds_for_quality", "refunded_for_quality_minor"),
        (event.is_disputed, "refunds_disputed", "refunded_disputed_minor"),
    ):
        if is_so:
            yield count, 1
            yield money, event.amount_minor


_SEVERAL: dict[type, Any] = {
    orders.OrderShipped: _shipped,
    orders.OrderCancelled: _cancelled,
    orders.RefundRequested: _requested,
    orders.RefundPaid: _refunded,
    orders_steps.PaymentOverdue: _unpaid,
    orders_cases.AfterSaleClosed: _case_closed,
    orders_cases.DisputeClosed: _ruled,
    orders_cases.ProblemClosed: _solved,
}
