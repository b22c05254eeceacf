"""The table of moves, walked whole."""

from typing import Any

import pytest

from services.orders.domain import ending, facts, paying, shipping, stepping, tracking
from services.orders.domain.moves import MOVES, STEPS, Condition, Status
from services.orders.domain.order import Order
from services.orders.domain.refusals import (
    AlreadyPaidError,
    IllegalMoveError,
)
from services.orders.domain.tracking import Report, TrackingState
from tests.support.order_rules import (
    a_paid_order,
    a_parcel,
    a_payment,
    an_order,
    at,
    changing,
)


def worked_up_to(last: Status, **values: Any) -> Order:
    """A paid order that the house took so far."""
    changes = changing(a_paid_order(**values))
    for minutes, target in enumerate(STEPS[: STEPS.index(last) + 1], start=10):
        if target is Status.AUDITED:
            stepping.audit(changes, stepping.PASSED, at(minutes), staff="S1")
        else:
            stepping.step(changes, target, at(minutes), staff="S1")
    return changes.order


def ended(order: Order, end: Any) -> Order:
    changes = changing(order)
    end(changes, at(100), reason="")
    return changes.order


def followed_up() -> Order:
    changes = changing(a_paid_order(shipments=[a_parcel()], completed_at=at(500)))
    stepping.follow_up(changes, at(600), staff="S1")
    return changes.order


def under_way() -> Order:
    changes = changing(a_paid_order(shipments=[a_parcel()]))
    tracking.track(changes, Report("SF", "SF-1", at(70), TrackingState.COLLECTED))
    return changes.order


ORDERS = {
    **{step: worked_up_to(step) for step in STEPS},
    Status.FOLLOWED_UP: followed_up(),
    Status.CANCELLED: an_order(cancelled_at=at(10)),
    Status.INTERCEPTED: ended(worked_up_to(Status.PRINTED), ending.intercept),
    Status.FRAUD: ended(a_paid_order(), ending.confirm_fraud),
    Status.PLACED: an_order(),
    Status.PAID: a_paid_order(),
    Status.SHIPPED: a_paid_order(shipments=[a_parcel()]),
    Status.IN_TRANSIT: under_way(),
    Status.DELIVERED: a_paid_order(shipments=[a_parcel()], delivered_at=at(500)),
    Status.COMPLETED: a_paid_order(shipments=[a_parcel()], completed_at=at(500)),
    Status.VOID: a_paid_order(cancelled_at=at(10)),
}


def is_taken(verb: str, order: Order) -> bool:
    taken = {stepping.VERBS.get(step, "audit") for step in order.steps}
    return verb in taken or (verb == "follow up" and order.followed_up_at is not None)


def test_every_status_is_reached_and_drawn() -> None:
    assert set(ORDERS) == set(Status)
    assert {status for status, order in ORDERS.items() if order.status is not status} == set()
    assert {move.target for move in MOVES} == set(Status)


@pytest.mark.parametrize(
    ("verb", "act"),
    [
        ("pay", lambda c: paying.take_payments(c, [("", a_payment())])),
        ("ship", lambda c: shipping.ship(c, a_parcel("9"))),
        ("deliver", lambda c: shipping.deliver(c, facts.Delivered(at(900)))),
        ("complete", lambda c: ending.complete(c, facts.Completed(at(900)))),
        ("cancel", lambda c: ending.cancel(c, at(900), reason="")),
        ("intercept", lambda c: ending.intercept(c, at(900), reason="")),
        ("confirm fraud", lambda c: ending.confirm_fraud(c, at(900), reason="")),
        ("audit", lambda c: stepping.audit(c, stepping.PASSED, at(900), staff="S1")),
        ("reject", lambda c: stepping.audit(c, stepping.REJECTED, at(900), staff="S1")),
        ("follow up", lambda c: stepping.follow_up(c, at(900), staff="S1")),
        *(
            (verb, lambda c, target=target: stepping.step(c, target, at(900), staff="S1"))
            for target, verb in stepping.VERBS.items()
        ),
    ],
)
@pytest.mark.parametrize("is_history", [False, True])
@pytest.mark.parametrize("status", list(Status))
def test_moves_that_are_not_in_the_table_are_refused(
    verb: str, act: Any, status: Status, is_history: bool
) -> None:
    changes = changing(ORDERS[status], is_history=is_history)
    allowed = {Condition.ALWAYS, Condition.UNTIL_PRINTED}  # as stores have it by default
    if is_history:
        allowed.add(Condition.HISTORY)
    targets = {
        move.target
        for move in MOVES
        if (move.verb, move.origin) == (verb, status) and move.condition in allowed
    }
    before = changes.order.copy()

    if is_taken(verb, before):
        act(changes)
        assert changes.is_empty, "a step that was taken changes nothing"
    elif targets:
        act(changes)
        assert {changes.order.status} == targets
    else:
        with pytest.raises((IllegalMoveError, AlreadyPaidError)):
            act(changes)
        assert changes.order == before
