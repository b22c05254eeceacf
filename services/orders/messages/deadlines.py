"""Until when something is to be done, by what the order's store has set."""

from datetime import datetime, timedelta

from services.orders.domain.order import COD, Order
from shared.registry.stores import Store


def hours_of(store: Store, setting: str) -> timedelta:
    """Return a setting of orders that counts hours."""
    return timedelta(hours=store.settings[f"orders.{setting}"])


def ship_by(order: Order, store: Store) -> datetime | None:
    """Return when an order is to be shipped: the earlier of the store's limit and the promise.

    It counts from the payment, of cash on delivery from the placing. An order that is not paid has
    no deadline, nor has imported history.
    """
    since = order.placed_at if order.kind == COD else order.paid_at
    if since is None or order.is_backfill:
        return None
    hours = min(hours_of(store, "ship_within_hours"), hours_of(store, "promised_ship_hours"))
    return since + hours
