"""Chasing unpaid orders with what stores have set."""

from datetime import datetime

from services.orders.domain import chasing
from services.orders.domain.changes import Changes
from services.orders.domain.order import Order
from services.orders.messages.deadlines import hours_of
from services.orders.schemas.alterations import ClaimBody
from services.orders.schemas.new_order import Happened
from services.orders.usecases.working import Work
from shared.registry.stores import Store


def chase(body: Happened | None, now: datetime, *, staff: str) -> Work:
    """Note that an agent asked the buyer to pay."""

    def work(changes: Changes, store: Store) -> None:
        open_since = changes.order.placed_at + hours_of(store, "chase_open_hours")
        at = now if body is None or body.at is None else body.at
        chasing.chase(changes, at, staff=staff, open_since=open_since)

    return work


def claim(body: ClaimBody, chased: Order, now: datetime, *, staff: str) -> Work:
    """Put an order down to the agent who chased the one it was placed for."""

    def work(changes: Changes, store: Store) -> None:
        del store
        chasing.claim(changes, chased, body.at or now, staff=staff)

    return work
