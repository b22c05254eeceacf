"""Prices changed by staff, as the rules see them; the order costs 68.00, 8.00 of it postage."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain import altering, stepping
from services.orders.domain.changes import Changes
from services.orders.domain.facts import Amended
from services.orders.domain.moves import Status
from services.orders.domain.order import COD, Order
from services.orders.domain.parts import Buyer
from services.orders.domain.pricing import (
    Bargain,
    DiscountAboveCeilingError,
    change_price,
    terms_of,
)
from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import (
    AmendAfterPaymentError,
    IllegalMoveError,
    OrderHeldError,
)
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

AGENT = Bargain("S1", "老顾客", Decimal("0.03"), "/discount")
MANAGER = AGENT._replace(staff="S9", ceiling=None)


def cheaper(
    order: Order, minor: int, who: Bargain = AGENT, *, postage: int = 0, **values: Any
) -> Changes:
    """Take so much off the goods, and of it or beside it off the postage."""
    changes = changing(order)
    terms = terms_of(changes.order)
    wanted = replace(
        terms,
        discount_minor=terms.discount_minor + minor,
        postage_minor=terms.postage_minor - postage,
        total_minor=terms.total_minor - minor - postage,
    )
    change_price(changes, wanted, at(2), who._replace(**values))
    return changes


def test_change_is_kept_with_what_the_order_cost_before() -> None:
    changes = cheaper(an_order(), 100, postage=50)

    (fact,) = changes.facts
    assert isinstance(fact, Amended)
    assert (fact.staff, fact.reason, fact.previous_total_minor) == ("S1", "老顾客", 6800)
    (kept,) = changes.price_changes
    assert (kept.goods_minor, kept.postage_minor) == (100, 50)
    assert (kept.total_before_minor, kept.total_after_minor) == (6800, 6650)
    assert changes.order.original == terms_of(an_order())


def test_all_concessions_count_together() -> None:
    once = cheaper(an_order(), 136).order  # 2 %

    with pytest.raises(DiscountAboveCeilingError) as refused:
        cheaper(once, 136)
    rest = cheaper(once, 68).order

    assert rest.total_minor == 6800 - 204, "3 % to the cent"
    assert refused.value.pointer == "/discount"
    assert refused.value.data == {"allowed": "2.04", "asked": "2.72", "original_total": "68.00"}


def test_waived_freight_counts_like_goods() -> None:
    with pytest.raises(DiscountAboveCeilingError):
        cheaper(an_order(), 0, postage=800)

    assert cheaper(an_order(), 4, postage=200).order.postage_minor == 600
    assert cheaper(an_order(), 0, MANAGER, postage=800).order.postage_minor == 0


@given(st.integers(0, 10**6), st.decimals(0, 1, places=3), st.integers(-(10**6), 10**6))
def test_no_agent_takes_more_than_the_share(total: int, share: Decimal, minor: int) -> None:
    order = an_order(postage_minor=0)
    order.total_minor = total
    try:
        changed = cheaper(order, minor, ceiling=share).order
    except DiscountAboveCeilingError:
        assert minor > total * share
    else:
        assert minor <= total * share
        assert changed.total_minor == total - minor


def test_price_may_rise_also_back_from_what_a_manager_gave() -> None:
    given_away = cheaper(an_order(), 2000, MANAGER).order

    raised = cheaper(given_away, -500)

    assert raised.order.total_minor == 5300
    assert raised.price_changes[0].goods_minor == -500
    assert cheaper(an_order(), -900).order.total_minor == 7700


def test_same_price_again_changes_nothing() -> None:
    changed = cheaper(an_order(), 100).order

    assert cheaper(changed, 0).is_empty
    assert cheaper(a_paid_order(), 0).is_empty


def test_price_is_changed_before_payment_only() -> None:
    held = changing(an_order())
    stepping.suspect(held, at(1), staff="S2", reason="card")
    cancelled = take(an_incoming(cancelled_at=at(1)))[1].order

    with pytest.raises(AmendAfterPaymentError):
        cheaper(a_paid_order(), 10)
    with pytest.raises(OrderHeldError):
        cheaper(held.order, 10)
    with pytest.raises(IllegalMoveError, match="cancelled cannot be given another price"):
        cheaper(cancelled, 10)


def test_store_decides_whether_cash_on_delivery_is_repriced_until_its_audit() -> None:
    changes = changing(an_order(kind=COD, buyer=Buyer()))
    stepping.step(changes, Status.VERIFIED, at(1), staff="S1")

    with pytest.raises(IllegalMoveError):
        cheaper(changes.order, 10)
    assert cheaper(changes.order, 10, is_until_audited=True).order.total_minor == 6790
    stepping.audit(changes, stepping.PASSED, at(2), staff="S2")
    with pytest.raises(IllegalMoveError):
        cheaper(changes.order, 10, is_until_audited=True)


def test_source_that_repeats_its_price_leaves_the_change() -> None:
    changed = cheaper(an_order(), 100).order

    same, again = take(an_incoming(source_updated_at=at(50)), changed)
    outcome, named = take(an_incoming(agent="S7"), changed)
    _, sums = take(an_incoming(lines=[], total_minor=6800), changed)
    _, paid = take(an_incoming(payments=[a_payment(6700)]), changed)

    assert (same, again.is_empty) == (Outcome.UNCHANGED, True)
    assert (outcome, kinds(named), named.order.total_minor) == (
        Outcome.UPDATED,
        ["Attributed"],
        6700,
    )
    assert sums.order.total_minor == 6700
    assert (kinds(paid), paid.order.status) == (["Paid"], Status.PAID)
    assert take(an_incoming(payments=[a_payment(6700)]), paid.order)[0] is Outcome.UNCHANGED


def test_source_that_follows_a_change_doubles_nothing() -> None:
    changed = cheaper(an_order(), 136).order
    followed = an_incoming(discount_minor=136, total_minor=6664, source_updated_at=at(50))

    outcome, changes = take(followed, changed)

    assert outcome is Outcome.UNCHANGED
    assert changes.order.original is not None
    with pytest.raises(DiscountAboveCeilingError):
        cheaper(changes.order, 136)


@pytest.mark.parametrize(
    "told",
    [
        {"postage_minor": 700},
        {"payments": [a_payment(6800)]},
    ],
    ids=["another price", "paid at the old price"],
)
def test_new_price_of_the_source_supersedes_the_change(told: dict[str, Any]) -> None:
    changed = cheaper(an_order(), 100).order

    _, changes = take(an_incoming(**told), changed)

    assert kinds(changes)[0] == "Amended"
    assert changes.supersedes_prices
    assert changes.order.original is None
    assert changes.order.total_minor == (6700 if "postage_minor" in told else 6800)


def test_price_holds_where_another_model_was_given_before_or_after_it() -> None:
    swapped = changing(an_order())
    altering.swap(swapped, 1, "sku-9", at(1), name=None, staff="S1")
    before = cheaper(swapped.order, 100).order
    later = changing(cheaper(an_order(), 100).order)
    altering.swap(later, 1, "sku-9", at(3), name=None, staff="S1")

    for order in (before, later.order):
        _, changes = take(an_incoming(agent="S7"), order)
        assert kinds(changes) == ["Attributed"]
        assert (changes.order.total_minor, changes.order.lines[0].sku) == (6700, "sku-9")
