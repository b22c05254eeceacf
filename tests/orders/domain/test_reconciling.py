"""What a row changes of an order."""

import pytest

from services.orders.domain import facts
from services.orders.domain.moves import Status
from services.orders.domain.parts import Buyer
from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import (
    AmendAfterPaymentError,
    DuplicateExternalIdError,
    FactDiffersError,
    IllegalMoveError,
)
from tests.support.order_rules import (
    a_line,
    a_paid_order,
    a_parcel,
    a_payment,
    a_refund,
    an_incoming,
    an_order,
    at,
    kinds,
    take,
)


def test_whole_history_is_stated_in_order_of_time() -> None:
    _, changes = take(
        an_incoming(
            payments=[a_payment()],
            shipments=[a_parcel()],
            delivered_at=at(500),
            completed_at=at(700),
            refunds=[a_refund(paid_at=at(650))],
        )
    )

    assert kinds(changes) == [
        "Placed",
        "Paid",
        "Shipped",
        "Delivered",
        "RefundMoved",
        "RefundMoved",
        "RefundMoved",
        "Completed",
    ]
    assert changes.order.status is Status.COMPLETED


def test_no_fact_comes_before_one_it_rests_on() -> None:
    _, changes = take(
        an_incoming(payments=[a_payment(minutes=90)], shipments=[a_parcel(minutes=60)])
    )

    assert kinds(changes) == ["Placed", "Paid", "Shipped"]


def test_cash_on_delivery_is_paid_after_it_was_sent() -> None:
    _, changes = take(
        an_incoming(
            kind="cod",
            payments=[a_payment(minutes=500)],
            shipments=[a_parcel()],
            delivered_at=at(500),
            completed_at=at(600),
        )
    )

    assert kinds(changes) == ["Placed", "Shipped", "Paid", "Delivered", "Completed"]


def test_older_row_is_stale_and_newer_one_amends() -> None:
    stored = an_order(source_updated_at=at(10))
    cheaper = {"lines": [a_line(1, 2, 4000)], "postage_minor": 0}

    stale, nothing = take(an_incoming(**cheaper, source_updated_at=at(9)), stored)
    updated, changes = take(an_incoming(**cheaper, source_updated_at=at(11)), stored)

    assert (stale, nothing.is_empty) == (Outcome.STALE, True)
    assert updated is Outcome.UPDATED
    [amended] = changes.facts
    assert isinstance(amended, facts.Amended)
    assert amended.previous_total_minor == 6800
    assert changes.order.total_minor == 4000
    assert (changes.order.version, stored.version) == (2, 1)


def test_price_does_not_change_after_payment() -> None:
    stored = a_paid_order()

    with pytest.raises(AmendAfterPaymentError) as refused:
        take(an_incoming(lines=[a_line(1, 2, 4000)]), stored)

    assert refused.value.pointer == "/lines"


def test_facts_are_not_restated() -> None:
    stored = a_paid_order(buyer=Buyer(account="h1"))

    for values, pointer in (
        ({"placed_at": at(1)}, "/placed_at"),
        ({"kind": "cod"}, "/kind"),
        ({"payments": [a_payment(6700)]}, "/payments/0/amount"),
        ({"payments": [a_payment(minutes=6)]}, "/payments/0/paid_at"),
        ({"buyer": Buyer(account="h2")}, "/buyer/account"),
    ):
        with pytest.raises(FactDiffersError) as refused:
            take(an_incoming(**values), stored)
        assert refused.value.pointer == pointer


def test_same_key_twice_in_a_row_is_refused() -> None:
    with pytest.raises(DuplicateExternalIdError) as refused:
        take(an_incoming(kind="presale", payments=[a_payment(100), a_payment(200)]))

    assert refused.value.pointer == "/payments/1/external_id"


def test_new_address_is_told_and_new_province_before_payment_amends() -> None:
    home, away = Buyer(address="h1", province="浙江"), Buyer(address="h2", province="新疆")

    _, before = take(an_incoming(buyer=away), an_order(buyer=home))
    _, after = take(an_incoming(buyer=away), a_paid_order(buyer=home))

    assert kinds(before) == ["Amended"]
    [redirected] = after.facts
    assert isinstance(redirected, facts.Redirected)
    assert (redirected.changes, redirected.previous_province) == (("address",), "浙江")
    assert redirected.is_paid


def test_what_a_row_leaves_out_stays() -> None:
    stored = a_paid_order(buyer=Buyer(account="h1", province="浙江"), agent="007")

    outcome, changes = take(an_incoming(), stored)

    assert outcome is Outcome.UNCHANGED
    assert changes.order == stored


def test_history_skips_what_its_export_does_not_tell() -> None:
    order = a_paid_order(completed_at=at(900), is_backfill=True)

    assert order.status is Status.COMPLETED
    with pytest.raises(IllegalMoveError):
        take(an_incoming(payments=[a_payment()], completed_at=at(900)))
