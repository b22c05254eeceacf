"""What is late, as events: each is dated when it came to be late, whenever the clock noticed."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from services.orders.domain.order import Order
from services.orders.messages.deadlines import hours_of, ship_by
from services.orders.messages.repeated import common_of, lines_of
from shared.contracts.envelope import Event
from shared.contracts.orders_steps import FollowUpDue, PaymentOverdue, ShippingOverdue
from shared.registry.stores import Store


def _payment_overdue(order: Order, store: Store, *, level: str, setting: str) -> Event:
    return PaymentOverdue(
        **_common(order, store, order.placed_at + hours_of(store, setting)),
        level=level,
        lines=lines_of(order.lines),
        total_minor=order.total_minor,
    )


def _shipping_overdue(order: Order, store: Store) -> Event:
    due = ship_by(order, store)
    if due is None:  # only orders with a deadline are late
        raise ValueError(f"{order.order_id} has no deadline")
    return ShippingOverdue(
        **_common(order, store, due), paid_at=order.paid_at, ship_by=due, status=order.status
    )


def _follow_up_due(order: Order, store: Store) -> Event:
    if order.delivered_at is None:  # only delivered orders are followed up
        raise ValueError(f"{order.order_id} is not delivered")
    due = order.delivered_at + timedelta(days=store.settings["orders.receipt_follow_up_days"])
    return FollowUpDue(
        **_common(order, store, due),
        delivered_at=order.delivered_at,
        lines=lines_of(order.lines),
    )


def _common(order: Order, store: Store, at: datetime) -> dict[str, Any]:
    return {**common_of(order, store.calendar), "occurred_at": at}


REMINDERS: Mapping[str, Callable[[Order, Store], Event]] = MappingProxyType(
    {
        "unpaid": partial(_payment_overdue, level="owner", setting="chase_unpaid_hours"),
        "unpaid_open": partial(_payment_overdue, level="open", setting="chase_open_hours"),
        "shipping_overdue": _shipping_overdue,
        "to_follow_up": _follow_up_due,
    }
)
"""The working lists whose orders are told of when they come onto them, with what is told."""
