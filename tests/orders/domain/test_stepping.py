"""Steps of the house, audits and holds, as the rules see them."""

import contextlib

import pytest

from services.orders.domain import ending, noting, paying, shipping, stepping
from services.orders.domain.changes import Changes
from services.orders.domain.facts import Cancelled, Flagged, Stepped
from services.orders.domain.moves import Status
from services.orders.domain.order import COD
from services.orders.domain.parts import Buyer, Note
from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import IllegalMoveError, NotHeldError, OrderHeldError
from tests.support.order_rules import (
    a_paid_order,
    a_parcel,
    a_payment,
    an_incoming,
    an_order,
    at,
    changing,
    kinds,
    take,
)


def paid() -> Changes:
    return changing(a_paid_order())


def verified() -> Changes:
    changes = paid()
    stepping.step(changes, Status.VERIFIED, at(10), staff="S1")
    return changing(changes.order)


def printed() -> Changes:
    changes = verified()
    stepping.audit(changes, stepping.PASSED, at(11), staff="S2")
    stepping.step(changes, Status.PRINTED, at(12), staff="S3")
    return changing(changes.order)


def test_a_step_tells_where_the_order_was_since_when() -> None:
    changes = paid()

    stepping.step(changes, Status.VERIFIED, at(30), staff="S1", courier="SF")

    (fact,) = changes.facts
    assert fact == Stepped(at(30), Status.VERIFIED, Status.PAID, at(5), "S1", courier="SF")
    assert changes.order.status_since == at(30)


def test_picked_goods_are_checked_again_unless_the_store_asks_for_none() -> None:
    changes = printed()
    stepping.step(changes, Status.PICKED, at(13), staff="S3")
    unchecked = changing(changes.order)

    with pytest.raises(IllegalMoveError, match="picked cannot be packed"):
        stepping.step(changes, Status.PACKED, at(14), staff="S3")
    stepping.step(unchecked, Status.PACKED, at(14), staff="S3", needs_check=False)

    assert unchecked.order.status is Status.PACKED


def test_held_order_goes_nowhere_until_its_audit_passes() -> None:
    changes = verified()
    stepping.audit(changes, stepping.HELD, at(20), staff="S2", reason="out of stock")
    held = changing(changes.order)

    assert held.order.status is Status.VERIFIED
    with pytest.raises(OrderHeldError, match="held for audit: out of stock"):
        shipping.ship(held, a_parcel())
    stepping.audit(held, stepping.HELD, at(21), staff="S2", reason="out of stock")
    assert held.is_empty, "held for the same again"
    stepping.audit(held, stepping.PASSED, at(22), staff="S2")

    assert (held.order.hold, held.order.status) == (None, Status.AUDITED)


def test_rejected_order_is_verified_again() -> None:
    changes = verified()

    stepping.audit(changes, stepping.REJECTED, at(20), staff="S2", reason="no such street")
    again = changing(changes.order)
    stepping.step(again, Status.VERIFIED, at(25), staff="S1")

    (fact,) = changes.facts
    assert isinstance(fact, Stepped)
    assert (fact.verdict, fact.reason, fact.previous) == (
        "rejected",
        "no such street",
        Status.VERIFIED,
    )
    assert changes.order.status is Status.PAID
    assert again.order.status is Status.VERIFIED


def test_fraud_holds_an_order_until_it_is_cleared_or_confirmed() -> None:
    changes = verified()
    stepping.suspect(changes, at(20), staff="S2", reason="card stolen")
    stepping.suspect(changes, at(21), staff="S2", reason="again")
    held = changes.order

    assert kinds(changes) == ["Suspected"]
    with pytest.raises(OrderHeldError, match="fraud"):
        stepping.audit(changing(held), stepping.PASSED, at(22), staff="S2")
    cleared = changing(held)
    stepping.trust(cleared, at(23), staff="S2")
    confirmed = changing(held)
    ending.confirm_fraud(confirmed, at(24), reason="the bank says so")

    assert cleared.order.hold is None
    assert confirmed.order.status is Status.FRAUD
    assert confirmed.order.hold is None
    with pytest.raises(NotHeldError):
        stepping.trust(changing(cleared.order), at(25), staff="S2")


def test_what_left_is_held_no_more() -> None:
    changes = changing(a_paid_order(shipments=[a_parcel()]))

    with pytest.raises(IllegalMoveError, match="shipped cannot be fraud"):
        stepping.suspect(changes, at(20), staff="S2", reason="late")


def test_printed_order_is_intercepted_and_no_longer_void() -> None:
    changes = printed()

    with pytest.raises(IllegalMoveError, match="printed cannot be cancelled"):
        ending.cancel(changes, at(20), reason="regrets")
    ending.intercept(changes, at(21), reason="regrets")

    assert changes.order.status is Status.INTERCEPTED
    assert changes.facts == [Cancelled(at(21), was_paid=True)]


@pytest.mark.parametrize(
    ("void_until", "ends"),
    [
        ("audited", [Status.VOID, Status.AUDITED, Status.PRINTED]),
        ("printed", [Status.VOID, Status.VOID, Status.PRINTED]),
        ("shipped", [Status.VOID, Status.VOID, Status.VOID]),
    ],
)
def test_store_decides_until_when_a_paid_order_may_be_void(
    void_until: str, ends: list[Status]
) -> None:
    audited = changing(verified().order)
    stepping.audit(audited, stepping.PASSED, at(11), staff="S2")
    found = []
    for changes in (verified(), changing(audited.order), printed()):
        with contextlib.suppress(IllegalMoveError):
            ending.cancel(changes, at(20), reason="regrets", void_until=void_until)
        found.append(changes.order.status)

    assert found == ends


def test_rejected_order_no_longer_bears_the_flag_of_a_checked_one() -> None:
    changes = verified()
    noting.put_note(changes, Note(at(10), "S1", noting.CHECKED, "ok", "purple"))
    changes = changing(changes.order)

    stepping.audit(changes, stepping.REJECTED, at(11), staff="S2", reason="wrong phone")

    assert changes.order.flag is None
    assert changes.facts[1:] == [Flagged(at(11), "none", "purple", "free", "S2")]


def test_unpaid_cash_on_delivery_is_amended_until_it_is_printed() -> None:
    changes = changing(an_order(kind=COD))
    stepping.step(changes, Status.VERIFIED, at(10), staff="S1")
    cheaper = an_incoming(kind=COD, postage_minor=0)

    outcome, amended = take(cheaper, changes.order)
    assert (outcome, amended.order.total_minor) == (Outcome.UPDATED, 6000)
    amended.order.steps[Status.PRINTED] = at(12)
    with pytest.raises(IllegalMoveError, match="printed cannot be amended"):
        take(an_incoming(kind=COD, postage_minor=100), amended.order)


def test_a_source_that_closes_a_printed_order_intercepts_it() -> None:
    stored = printed().order

    outcome, changes = take(
        an_incoming(payments=[a_payment()], cancelled_at=at(50), cancel_reason="closed"), stored
    )

    assert outcome is Outcome.UPDATED
    assert changes.order.status is Status.INTERCEPTED


def test_a_source_ships_what_the_house_did_not_finish() -> None:
    held = verified()
    stepping.audit(held, stepping.HELD, at(20), staff="S2", reason="out of stock")

    _, changes = take(an_incoming(payments=[a_payment()], shipments=[a_parcel()]), held.order)

    assert changes.order.status is Status.SHIPPED


def test_cash_on_delivery_is_worked_on_before_it_is_paid() -> None:
    changes = changing(an_order(kind=COD, buyer=Buyer()))
    stepping.step(changes, Status.VERIFIED, at(10), staff="S1")
    rejected = changing(changes.order)
    stepping.audit(rejected, stepping.REJECTED, at(11), staff="S1")

    assert changes.order.status is Status.VERIFIED
    assert rejected.order.status is Status.PLACED
    with pytest.raises(IllegalMoveError, match="placed cannot be verified"):
        stepping.step(changing(an_order()), Status.VERIFIED, at(10), staff="S1")


def test_what_finance_finds_unpaid_goes_no_further_until_it_is_paid() -> None:
    changes = printed()
    (payment,) = changes.order.payments
    paying.correct_payment(changes, payment.payment_id, 6000, reason="bounced")
    unpaid = changing(changes.order)

    assert unpaid.order.status is Status.PLACED
    with pytest.raises(IllegalMoveError, match="placed cannot be shipped"):
        shipping.ship(unpaid, a_parcel())
    with pytest.raises(IllegalMoveError, match="placed cannot be picked"):
        stepping.step(unpaid, Status.PICKED, at(30), staff="S3")
    paying.correct_payment(unpaid, payment.payment_id, 6800, reason="found")

    assert changing(unpaid.order).order.status is Status.PRINTED


def test_follow_up_is_noted_once_and_shows_when_the_trade_is_complete() -> None:
    delivered = changing(a_paid_order(shipments=[a_parcel()], delivered_at=at(500)))
    stepping.follow_up(delivered, at(600), staff="S1")
    assert delivered.order.status is Status.DELIVERED
    again = changing(delivered.order)
    stepping.follow_up(again, at(700), staff="S1")
    ending_now = changing(delivered.order)
    ending_now.order.completed_at = at(800)

    assert again.is_empty
    assert ending_now.order.status is Status.FOLLOWED_UP
