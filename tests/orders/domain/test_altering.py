"""What buyers want otherwise, as the rules see it."""

from dataclasses import replace

import pytest

from services.orders.domain import altering, facts, stepping
from services.orders.domain.changes import Changes
from services.orders.domain.moves import Status
from services.orders.domain.parts import Buyer, ShippedLine, Wishes
from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import (
    AmendAfterPaymentError,
    GoodsShippedError,
    IllegalMoveError,
    LineUnknownError,
)
from tests.support.order_rules import (
    a_line,
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

HOME = Buyer(account="acc", name="n1", phone="p1", address="a1", province="浙江", city="杭州")
ELSEWHERE = Buyer(address="a2", province="江苏", city="南京")


def packed() -> Changes:
    changes = changing(a_paid_order(buyer=HOME))
    stepping.step(changes, Status.VERIFIED, at(10), staff="S1")
    stepping.audit(changes, stepping.PASSED, at(11), staff="S2")
    for minutes, step in enumerate((Status.PRINTED, Status.PICKED, Status.CHECKED, Status.PACKED)):
        stepping.step(changes, step, at(12 + minutes), staff="S3")
    return changing(changes.order)


def test_packed_order_that_goes_elsewhere_is_printed_anew() -> None:
    changes = packed()

    assert altering.redirect(changes, ELSEWHERE, at(30), staff="S1")

    assert changes.order.status is Status.AUDITED
    assert changes.order.changed_at == at(30)
    assert changes.order.buyer == HOME.overlaid_by(ELSEWHERE)
    assert changes.facts == [
        facts.Redirected(at(30), ("address",), "浙江", is_paid=True, staff="S1")
    ]


def test_same_address_again_changes_nothing() -> None:
    changes = packed()

    assert not altering.redirect(changes, Buyer(address="a1", city="杭州"), at(30), staff="S1")
    assert changes.is_empty


def test_nothing_is_changed_of_what_has_left() -> None:
    changes = changing(a_paid_order(shipments=[a_parcel()]))

    for act in (
        lambda: altering.redirect(changes, ELSEWHERE, at(30), staff="S1"),
        lambda: altering.swap(changes, 1, "blue", at(30), name=None, staff="S1"),
        lambda: altering.wish(changes, Wishes(courier="EMS"), at(30), staff="S1"),
    ):
        with pytest.raises(IllegalMoveError, match="shipped cannot be changed"):
            act()


def test_what_a_source_repeats_does_not_undo_a_change() -> None:
    changes = packed()
    altering.redirect(changes, ELSEWHERE, at(30), staff="S1")
    stored = changes.order

    again, repeated = take(an_incoming(buyer=HOME, payments=[a_payment()], agent="S5"), stored)
    other = replace(HOME, address="a3", province="上海", city="上海")
    _, moved = take(an_incoming(buyer=other, payments=[a_payment()]), repeated.order)
    _, back = take(an_incoming(buyer=HOME, payments=[a_payment()]), moved.order)

    assert again is Outcome.UPDATED, "its agent is news"
    assert repeated.order.buyer.address == "a2"
    assert moved.order.buyer.address == "a3", "a new word of the source holds"
    assert back.order.buyer.address == "a1", "and then its old one is news again"


def test_paid_goods_change_their_model_at_the_same_price() -> None:
    changes = packed()

    before = altering.swap(changes, 1, "blue", at(30), name="Blue", staff="S1")

    assert before == a_line(1)
    line = changes.order.lines[0]
    assert (line.sku, line.name, line.stated_sku) == ("blue", "Blue", "sku-1")
    assert line.amount_minor == before.amount_minor
    assert changes.facts == [facts.GoodsChanged(at(30), (a_line(1), a_line(2, 1, 1000)), "S1")]
    assert changes.order.status is Status.AUDITED


def test_swap_and_back_leaves_the_line_as_its_source_says() -> None:
    changes = changing(a_paid_order())

    altering.swap(changes, 1, "blue", at(30), name=None, staff="S1")
    altering.swap(changes, 1, "sku-1", at(31), name=None, staff="S1")

    assert changes.order.lines[0] == a_line(1)
    assert altering.swap(changes, 1, "sku-1", at(32), name=None, staff="S1") is None


def test_model_changed_before_payment_is_an_amendment() -> None:
    changes = changing(an_order())

    altering.swap(changes, 2, "blue", at(30), name=None, staff="S1")

    (fact,) = changes.facts
    assert isinstance(fact, facts.Amended)
    assert (fact.staff, fact.previous_total_minor) == ("S1", 6800)


def test_source_repeats_the_model_it_sold_or_names_another() -> None:
    changes = changing(a_paid_order())
    altering.swap(changes, 1, "blue", at(30), name=None, staff="S1")

    same, _ = take(an_incoming(payments=[a_payment()]), changes.order)
    green = [a_line(1), a_line(2, 1, 1000)]
    green[0] = replace(green[0], sku="green")
    outcome, told = take(an_incoming(payments=[a_payment()], lines=green), changes.order)

    assert same is Outcome.UNCHANGED
    assert outcome is Outcome.UPDATED
    assert told.order.lines[0].sku == "green"
    assert kinds(told) == ["GoodsChanged"]


def test_source_cannot_change_the_price_of_what_is_paid() -> None:
    dearer = [a_line(1, amount=5100), a_line(2, 1, 900)]

    with pytest.raises(AmendAfterPaymentError):
        take(an_incoming(payments=[a_payment()], lines=dearer), a_paid_order())


def test_pieces_that_left_keep_their_model() -> None:
    part = replace(a_parcel(), lines=(ShippedLine(1, 1),))
    changes = changing(a_paid_order(shipments=[part]))

    with pytest.raises(GoodsShippedError):
        altering.swap(changes, 1, "blue", at(600), name=None, staff="S1")
    with pytest.raises(LineUnknownError):
        altering.swap(changes, 3, "blue", at(600), name=None, staff="S1")
    assert altering.swap(changing(changes.order), 2, "blue", at(600), name=None, staff="S1")


def test_wishes_add_up() -> None:
    changes = changing(a_paid_order())

    altering.wish(changes, Wishes(courier="EMS"), at(30), staff="S1")
    altering.wish(changes, Wishes(card="c"), at(31), staff="S1")

    assert changes.order.wishes == Wishes(courier="EMS", card="c")
    assert [fact.changes for fact in changes.facts if isinstance(fact, facts.Redirected)] == [
        ("courier",),
        ("card",),
    ]
    assert not altering.wish(changes, Wishes(courier="EMS"), at(32), staff="S1")
