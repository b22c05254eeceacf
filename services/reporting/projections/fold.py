"""The fold: a batch of decoded events becomes sums. Pure; no order among events is assumed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from services.reporting.projections.moving import (
    count_cancellation,
    count_completion,
    count_delivery,
    count_shipment,
)
from services.reporting.projections.paying import correct_payment, count_paid_order, count_payment
from services.reporting.projections.placing import amend_order, count_order
from services.reporting.projections.refunding import count_approval, count_refund, count_request
from services.reporting.projections.sums import Sums
from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.orders import (
    OrderAmended,
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    PaymentCorrected,
    PaymentReceived,
    RefundApproved,
    RefundPaid,
    RefundRequested,
)

COUNTERS: Mapping[type[Event], Callable[[Sums, Any], None]] = MappingProxyType(
    {
        OrderPlaced: count_order,
        OrderAmended: amend_order,
        PaymentReceived: count_payment,
        OrderPaid: count_paid_order,
        PaymentCorrected: correct_payment,
        OrderShipped: count_shipment,
        OrderDelivered: count_delivery,
        OrderCompleted: count_completion,
        OrderCancelled: count_cancellation,
        RefundRequested: count_request,
        RefundApproved: count_approval,
        RefundPaid: count_refund,
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
