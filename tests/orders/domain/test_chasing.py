"""Who chases unpaid orders, and who wins, as the rules see it."""

from dataclasses import replace
from typing import Any

import pytest

from services.orders.domain import chasing, facts, paying
from services.orders.domain.changes import Changes
from services.orders.domain.order import Order
from services.orders.domain.parts import Buyer
from services.orders.domain.refusals import ChaseRefusedError, IllegalMoveError
from tests.support.order_rules import (
    a_paid_order,
    a_payment,
    an_incoming,
    an_order,
    at,
    changing,
    kinds,
    take,
)

DAY = 24 * 60


def chased(agent: str | None = "S1", staff: str = "S2", minutes: int = DAY) -> Changes:
    changes = changing(an_order(agent=agent, buyer=Buyer(account="acc")))
    chasing.chase(changes, at(minutes), staff=staff, open_since=at(DAY))
    return changing(changes.order)


def test_within_a_day_only_the_owner_chases() -> None:
    with pytest.raises(ChaseRefusedError, match="only S1"):
        chased(minutes=DAY - 1)

    assert chased(staff="S1", minutes=1).order.chase is not None
    assert chased(agent=None, minutes=1).order.chase is not None


def test_the_last_who_chased_wins_and_the_sale_is_theirs() -> None:
    changes = chased(staff="S1", minutes=1)
    chasing.chase(changes, at(DAY), staff="S2", open_since=at(DAY))
    changes = changing(changes.order)

    paying.take_payments(changes, [("", a_payment(minutes=DAY + 5))])

    won = next(fact for fact in changes.facts if isinstance(fact, facts.ChaseWon))
    assert (won.chase.staff, won.chase.level) == ("S2", "open")
    assert changes.order.agent == "S2"
    attributed = next(fact for fact in changes.facts if isinstance(fact, facts.Attributed))
    assert (attributed.previous_agent, attributed.rule) == ("S1", "chaser")


def test_owner_who_chases_wins_without_a_change_of_hands() -> None:
    changes = chased(staff="S1", minutes=60)

    paying.take_payments(changes, [("", a_payment(minutes=65))])

    assert kinds(changes) == ["Paid", "ChaseWon"]


def test_payment_made_before_the_chase_is_nobodys() -> None:
    changes = chased()

    paying.take_payments(changes, [("", a_payment(minutes=5))])

    assert kinds(changes) == ["Paid"]
    assert changes.order.agent == "S1"


def test_source_does_not_take_a_won_sale_back() -> None:
    changes = chased()
    paying.take_payments(changes, [("", a_payment(minutes=DAY + 5))])

    _, told = take(
        an_incoming(agent="S1", payments=[a_payment(minutes=DAY + 5)], buyer=Buyer(account="acc")),
        changes.order,
    )

    assert told.order.agent == "S2"


def test_order_placed_anew_is_claimed_before_or_after_its_payment() -> None:
    old = chased().order
    new = anew(old)
    unpaid, paid = changing(new), changing(replace(new, **paid_later()))

    chasing.claim(unpaid, old, at(DAY + 30), staff="S2")
    assert unpaid.facts == []
    paying.take_payments(unpaid, [("", a_payment(minutes=DAY + 40))])
    chasing.claim(paid, old, at(DAY + 50), staff="S2")

    for changes in (unpaid, paid):
        won = next(fact for fact in changes.facts if isinstance(fact, facts.ChaseWon))
        assert (won.chase.order_id, won.chase.staff) == (old.order_id, "S2")
        assert changes.order.agent == "S2"


@pytest.mark.parametrize(
    ("new", "old", "staff"),
    [
        ({}, {}, "S3"),
        ({"placed_at": at(5)}, {}, "S2"),
        ({"buyer": Buyer(account="other")}, {}, "S2"),
        ({"buyer": Buyer()}, {}, "S2"),
        ({"store_id": "s2"}, {}, "S2"),
        ({}, {"paid_at": at(DAY + 1)}, "S2"),
        ({}, {"chase": None}, "S2"),
    ],
)
def test_claims_without_ground_are_refused(
    new: dict[str, Any], old: dict[str, Any], staff: str
) -> None:
    changes = chased()
    claimed = changing(replace(anew(changes.order), **new))

    with pytest.raises(ChaseRefusedError):
        chasing.claim(claimed, replace(changes.order, **old), at(DAY + 30), staff=staff)
    assert claimed.is_empty


def test_only_unpaid_orders_are_chased_and_an_order_is_not_claimed_for_itself() -> None:
    with pytest.raises(IllegalMoveError, match="paid cannot be chased"):
        chasing.chase(changing(a_paid_order()), at(DAY), staff="S1", open_since=at(DAY))
    changes = chased()
    other = replace(changes.order.copy(), chase=None)
    with pytest.raises(ChaseRefusedError, match="itself"):
        chasing.claim(changing(other), changes.order, at(DAY + 30), staff="S2")


def anew(old: Order) -> Order:
    return replace(
        old.copy(),
        order_id="ord_" + "1" * 32,
        external_id="A-2",
        placed_at=at(DAY + 20),
        chase=None,
    )


def paid_later() -> dict[str, Any]:
    payment = replace(a_payment(minutes=DAY + 40), payment_id="pay_1_1")
    return {"paid_at": payment.paid_at, "payments": [payment]}
