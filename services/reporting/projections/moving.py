"""Orders on their way: shipped in time or not, delivered, completed, followed up, cancelled."""

from collections.abc import Mapping
from types import MappingProxyType

from services.reporting.domain.measures import STORE_MEASURES
from services.reporting.projections.handling import handle, place_of, seconds_between
from services.reporting.projections.places import STORE
from services.reporting.projections.sums import Change, Sums
from shared.contracts.orders import (
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderEvent,
    OrderShipped,
)
from shared.contracts.orders_steps import (
    FollowUpDue,
    OrderFollowedUp,
    ShippingOverdue,
    TrackingStalled,
)
from shared.kernel.buckets import bucket_at

_SHIPPED = STORE_MEASURES.index("orders_shipped")
_DELIVERED = STORE_MEASURES.index("orders_delivered")
_COMPLETED = STORE_MEASURES.index("orders_completed")
_CANCELLED = STORE_MEASURES.index("orders_cancelled")

_PARCELS = place_of("parcels_shipped")
_TIMED = place_of("orders_timed")
_SECONDS = place_of("shipping_seconds")
_DUE = place_of("orders_shipped_due")
_IN_TIME = place_of("orders_shipped_in_time")
_OVERDUE = place_of("orders_overdue")
_STALLED = place_of("parcels_stalled")
_FOLLOW_UPS_DUE = place_of("follow_ups_due")
_FOLLOW_UPS_DONE = place_of("follow_ups_done")
_AFTER_PAYMENT = place_of("cancelled_after_payment")
_EXITS: Mapping[str, int] = MappingProxyType(
    {
        "closed_unpaid": place_of("cancelled_unpaid"),
        "void": place_of("cancelled_void"),
        "intercepted": place_of("cancelled_intercepted"),
        "fraud": place_of("cancelled_fraud"),
    }
)


def count_shipment(sums: Sums, event: OrderShipped) -> None:
    """Count a parcel; with the one that leaves nothing behind, the order and how long it took.

    An order that was paid only afterwards, on delivery, has no shipping time.
    """
    changes: list[Change] = [(_PARCELS, 1)]
    if event.is_complete:
        _count(sums, event, _SHIPPED)
        seconds = seconds_between(event.paid_at, event.occurred_at)
        if seconds is not None:
            changes += ((_TIMED, 1), (_SECONDS, seconds))
        if event.ship_by is not None:
            changes += ((_DUE, 1), (_IN_TIME, int(event.occurred_at <= event.ship_by)))
    handle(sums, event, *changes)


def count_overdue(sums: Sums, event: ShippingOverdue) -> None:
    """Count an order that came past its shipping deadline."""
    handle(sums, event, (_OVERDUE, 1))


def count_stalled(sums: Sums, event: TrackingStalled) -> None:
    """Count a parcel that does not move."""
    handle(sums, event, (_STALLED, 1))


def count_delivery(sums: Sums, event: OrderDelivered) -> None:
    """Count an order as delivered."""
    _count(sums, event, _DELIVERED)


def count_completion(sums: Sums, event: OrderCompleted) -> None:
    """Count a trade as complete."""
    _count(sums, event, _COMPLETED)


def count_follow_up_due(sums: Sums, event: FollowUpDue) -> None:
    """Count a buyer who is to be asked for receipt and review."""
    handle(sums, event, (_FOLLOW_UPS_DUE, 1))


def count_follow_up(sums: Sums, event: OrderFollowedUp) -> None:
    """Count a buyer who was asked."""
    handle(sums, event, (_FOLLOW_UPS_DONE, 1))


def count_cancellation(sums: Sums, event: OrderCancelled) -> None:
    """Count an order as cancelled, and by which exit; it stays among those placed, and paid."""
    _count(sums, event, _CANCELLED)
    changes: list[Change] = [(_AFTER_PAYMENT, 1)] if event.was_paid else []
    if event.exit in _EXITS:
        changes.append((_EXITS[event.exit], 1))
    if changes:
        handle(sums, event, *changes)


def _count(sums: Sums, event: OrderEvent, place: int) -> None:
    store_id, timezone, day_start = event.store_id, event.timezone, event.day_start
    sums.hours[store_id, bucket_at(event.occurred_at, timezone, day_start)][place] += 1
    sums.hours[store_id, bucket_at(event.placed_at, timezone, day_start)][place + STORE.twin] += 1
