"""The fold: a batch of decoded events becomes sums. Pure; no order among events is assumed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from services.reporting.projections import (
    chasing,
    moving,
    paying,
    placing,
    refunding,
    returning,
    troubling,
)
from services.reporting.projections.sums import Sums
from shared.contracts import orders, orders_cases, orders_steps
from shared.contracts.envelope import CloudEvent, Event

COUNTERS: Mapping[type[Event], Callable[[Sums, Any], None]] = MappingProxyType(
    {
        orders.OrderPlaced: placing.count_order,
        orders.OrderAmended: placing.amend_order,
        orders.PaymentReceived: paying.count_payment,
        orders.OrderPaid: paying.count_paid_order,
        orders.PaymentCorrected: paying.correct_payment,
        orders.OrderShipped: moving.count_shipment,
        orders.OrderDelivered: moving.count_delivery,
        orders.OrderCompleted: moving.count_completion,
        orders.OrderCancelled: moving.count_cancellation,
        orders.RefundRequested: refunding.count_request,
        orders.RefundApproved: refunding.count_approval,
        orders.RefundRejected: refunding.count_rejection,
        orders.RefundPaid: refunding.count_refund,
        orders_steps.GoodsChanged: paying.move_products,
        orders_steps.ShippingOverdue: moving.count_overdue,
        orders_steps.TrackingStalled: moving.count_stalled,
        orders_steps.FollowUpDue: moving.count_follow_up_due,
        orders_steps.OrderFollowedUp: moving.count_follow_up,
        orders_steps.PaymentOverdue: chasing.count_unpaid,
        orders_steps.ChaseWon: chasing.count_won_chase,
        orders_cases.RefundMarkedUrgent: refunding.count_urgent,
        orders_cases.AfterSaleOpened: returning.count_case,
        orders_cases.AfterSaleClosed: returning.count_closed_case,
        orders_cases.DisputeOpened: returning.count_dispute,
        orders_cases.DisputeClosed: returning.count_ruling,
        orders_cases.ProblemOpened: troubling.count_problem,
        orders_cases.ProblemOverdue: troubling.count_overdue_problem,
        orders_cases.ProblemClosed: troubling.count_solved_problem,
        orders_cases.WrongShipmentRegistered: troubling.count_wrong_shipment,
        orders_cases.FraudSuspected: troubling.count_fraud_hold,
        orders_cases.FraudCleared: troubling.count_cleared_hold,
    }
)
"""What each event adds."""

TYPES = frozenset(event.type for event in COUNTERS)
"""The wire names of the events that add anything."""


def fold(events: Sequence[CloudEvent[Event]], sums: Sums | None = None) -> Sums:
    """Return what the events add, to `sums` where given; events of other types add nothing."""
    sums = sums or Sums()
    for event in events:
        counter = COUNTERS.get(type(event.data))
        if counter is not None:
            counter(sums, event.data)
    return sums
