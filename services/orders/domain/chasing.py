"""Unpaid orders are chased (催付, 追单): by their owner, after a day by anybody."""

from datetime import datetime

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Attributed, ChaseWon
from services.orders.domain.order import Order
from services.orders.domain.parts import Chase
from services.orders.domain.refusals import ChaseRefusedError, IllegalMoveError

OWNER, OPEN = "owner", "open"
"""At which level an order is chased: by its owner, or by any other agent."""


def chase(changes: Changes, at: datetime, *, staff: str, open_since: datetime) -> None:
    """Note that an agent asked the buyer to pay; the last who asked wins if they do.

    Until `open_since` only the owner may, if the order has one (O-R1, O-R2). Raises
    `IllegalMoveError`, `ChaseRefusedError`.
    """
    order = changes.order
    changes.allow("chase")
    is_owner = order.agent is None or order.agent == staff
    if not is_owner and at < open_since:
        detail = f"Until {open_since.isoformat()} only {order.agent} chases this order."
        raise ChaseRefusedError(detail, owner=order.agent, open_since=open_since.isoformat())
    if order.chase is not None and order.chase.staff == staff:
        return
    order.chase = Chase(staff, at, OWNER if is_owner else OPEN, order.order_id)
    changes.has_new_work = True


def claim(changes: Changes, chased: Order, at: datetime, *, staff: str) -> None:
    """Put an order that a chased buyer placed anew down to the chaser; paid already, they win.

    Raises `ChaseRefusedError` unless the claimant chased that unpaid order of the same buyer in
    the same store before this one was placed.
    """
    order = changes.order
    won = chased.chase
    if order.chase is not None and won is not None and order.chase.order_id == won.order_id:
        return
    for is_wrong, detail in (
        (won is None or won.staff != staff, "You did not chase that order."),
        (chased.order_id == order.order_id, "An order is not placed anew for itself."),
        (chased.store_id != order.store_id, "That order is of another store."),
        (not order.buyer.account, "Nobody knows this order's buyer."),
        (chased.buyer.account != order.buyer.account, "That order is of another buyer."),
        (chased.paid_at is not None, "That order was paid itself."),
        (won is not None and order.placed_at < won.at, "This order was placed before the chase."),
        (order.chase is not None, "This order has a chaser already."),
    ):
        if is_wrong:
            raise ChaseRefusedError(detail, pointer="/chased_order_id")
    if order.cancelled_at is not None or won is None:
        detail = "An order that is cancelled is put down to nobody."
        raise IllegalMoveError(detail, status_now=order.status)
    order.chase = Chase(staff, won.at, won.level, won.order_id)
    changes.has_new_work = True
    if order.paid_at is not None:
        win(changes, max(at, order.paid_at))


def win(changes: Changes, at: datetime) -> None:
    """Tell who won an order that is paid now: the sale is the chaser's, whoever owned it (O-W6)."""
    order = changes.order
    chase = order.chase
    if chase is None or order.paid_at is None or order.paid_at < chase.at:
        return
    changes.state(ChaseWon(at, chase))
    if order.agent != chase.staff:
        previous, order.agent = order.agent, chase.staff
        changes.has_new_details = True
        changes.state(Attributed(at, previous, rule="chaser"))
