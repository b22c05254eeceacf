"""Orders on their way: shipped whole, delivered, completed, cancelled."""

from services.reporting.domain.measures import STORE_MEASURES
from services.reporting.projections.places import STORE
from services.reporting.projections.sums import Sums
from shared.contracts.orders import (
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderEvent,
    OrderShipped,
)
from shared.kernel.buckets import bucket_at

_SHIPPED = STORE_MEASURES.index("orders_shipped")
_DELIVERED = STORE_MEASURES.index("orders_delivered")
_COMPLETED = STORE_MEASURES.index("orders_completed")
_CANCELLED = STORE_MEASURES.index("orders_cancelled")


def count_shipment(sums: Sums, event: OrderShipped) -> None:
    """Count an order as shipped with the parcel that leaves nothing of it behind."""
    if event.is_complete:
        _count(sums, event, _SHIPPED)


def count_delivery(sums: Sums, event: OrderDelivered) -> None:
    """Count an order as delivered."""
    _count(sums, event, _DELIVERED)


def count_completion(sums: Sums, event: OrderCompleted) -> None:
    """Count a trade as complete."""
    _count(sums, event, _COMPLETED)


def count_cancellation(sums: Sums, event: OrderCancelled) -> None:
    """Count an order as cancelled; it stays among those placed, and paid if it was."""
    _count(sums, event, _CANCELLED)


def _count(sums: Sums, event: OrderEvent, place: int) -> None:
    store_id, timezone, day_start = event.store_id, event.timezone, event.day_start
    sums.hours[store_id, bucket_at(event.occurred_at, timezone, day_start)][place] += 1
    sums.hours[store_id, bucket_at(event.placed_at, timezone, day_start)][place + STORE.twin] += 1
