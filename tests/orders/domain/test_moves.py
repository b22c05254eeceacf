"""The table of moves, walked whole."""

from typing import Any

import pytest

from services.orders.domain import ending, facts, paying, shipping
from services.orders.domain.moves import MOVES, Condition, Status
from services.orders.domain.refusals import (
    AlreadyPaidError,
    IllegalMoveError,
)
from tests.support.order_rules import (
    a_paid_order,
    a_parcel,
    a_payment,
    an_order,
    at,
    changing,
)

ORDERS = {
    Status.PLACED: an_order(),
    Status.PAID: a_paid_order(),
    Status.SHIPPED: a_paid_order(shipments=[a_parcel()]),
    Status.DELIVERED: a_paid_order(shipments=[a_parcel()], delivered_at=at(500)),
    Status.COMPLETED: a_paid_order(shipments=[a_parcel()], completed_at=at(500)),
    Status.CANCELLED: a_paid_order(cancelled_at=at(10)),
}


@pytest.mark.parametrize(
    ("verb", "act"),
    [
        ("pay", lambda c: paying.take_payments(c, [("", a_payment())])),
        ("ship", lambda c: shipping.ship(c, a_parcel("9"))),
        ("deliver", lambda c: shipping.deliver(c, facts.Delivered(at(900)))),
        ("complete", lambda c: ending.complete(c, facts.Completed(at(900)))),
        ("cancel", lambda c: ending.cancel(c, at(900), reason="")),
    ],
)
@pytest.mark.parametrize("is_history", [False, True])
@pytest.mark.parametrize("status", list(Status))
def test_moves_that_are_not_in_the_table_are_refused(
    verb: str, act: Any, status: Status, is_history: bool
) -> None:
    changes = changing(ORDERS[status], is_history=is_history)
    allowed = {Condition.ALWAYS, Condition.HISTORY} if is_history else {Condition.ALWAYS}
    targets = {
        move.target
        for move in MOVES
        if (move.verb, move.origin) == (verb, status) and move.condition in allowed
    }
    before = changes.order.copy()

    if targets:
        act(changes)
        assert {changes.order.status} == targets
    else:
        with pytest.raises((IllegalMoveError, AlreadyPaidError)):
            act(changes)
        assert changes.order == before
