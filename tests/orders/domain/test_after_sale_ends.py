"""How returns, exchanges and repairs end, as the rules see it."""

from dataclasses import replace

import pytest

from services.orders.domain import after_sale, after_sale_ends, refunding
from services.orders.domain.after_sale import CaseStatus
from services.orders.domain.refusals import (
    IllegalMoveError,
    RefundNotPaidError,
    RefundUnfitError,
    RefundUnknownError,
)
from tests.support.case_rules import a_case, a_shipped_order, received
from tests.support.order_rules import (
    a_refund,
    at,
    changing,
)


def test_refused_and_withdrawn_cases_take_their_refund_back() -> None:
    for outcome in ("refused", "withdrawn"):
        changes = changing(a_shipped_order(refunds=[a_refund(1000, with_return=True)]))
        refund_id = changes.order.refunds[0].refund_id
        linked = after_sale_ends.link_refund(changes, a_case(), refund_id, pointer=None)

        ended = after_sale_ends.end_in_vain(changes, linked, outcome, at(700))

        assert (ended.status, changes.order.refunds[0].status) == (outcome, "rejected")
        assert after_sale_ends.end_in_vain(changes, ended, outcome, at(701)) is ended


def test_what_was_paid_back_is_neither_refused_nor_withdrawn() -> None:
    refund = a_refund(1000, with_return=True, paid_at=at(650))
    changes = changing(a_shipped_order(refunds=[refund]))
    case = replace(a_case(), refund_id=changes.order.refunds[0].refund_id)

    for outcome in ("refused", "withdrawn"):
        with pytest.raises(IllegalMoveError, match="is paid"):
            after_sale_ends.end_in_vain(changes, case, outcome, at(700))


@pytest.mark.parametrize(("condition", "is_refused"), [("intact", False), ("wrong", True)])
def test_what_came_back_is_refused_only_if_it_is_not_as_it_left(
    condition: str, is_refused: bool
) -> None:
    case, changes = received(condition=condition), changing(a_shipped_order())

    if is_refused:
        ended = after_sale_ends.end_in_vain(changes, case, "refused", at(700))
        assert ended.status is CaseStatus.REFUSED
    else:
        with pytest.raises(IllegalMoveError):
            after_sale_ends.end_in_vain(changes, case, "refused", at(700))


def test_goods_under_way_are_not_withdrawn() -> None:
    sent = after_sale.send_back(a_case(agreed_at=at(110)), at(120), "SF", "SF-9")

    with pytest.raises(IllegalMoveError, match="sent back does not take the move 'withdraw'"):
        after_sale_ends.end_in_vain(changing(a_shipped_order()), sent, "withdrawn", at(700))


def test_return_takes_a_refund_with_return_that_stands_and_is_free() -> None:
    refunds = [
        a_refund(1000, "money"),
        a_refund(1000, "goods", with_return=True),
        a_refund(1000, "other", with_return=True),
    ]
    changes = changing(a_shipped_order(refunds=refunds))
    money, goods, other = (refund.refund_id for refund in changes.order.refunds)
    refunding.reject_refund(changes, other, at(650))
    case = a_case(is_quality_fault=True, reason_kind="quality")

    linked = after_sale_ends.link_refund(changes, case, goods, pointer=None)

    refund = changes.order.refunds[1]
    assert (refund.case_id, refund.reason_kind, refund.is_quality_fault) == (
        case.case_id,
        "quality",
        True,
    )
    assert after_sale_ends.link_refund(changes, linked, goods, pointer=None) is linked
    for wrong, told, error in (
        (case, money, RefundUnfitError),
        (case, other, RefundUnfitError),
        (case, "ref_x", RefundUnknownError),
        (replace(case, case_id="asc_2"), goods, RefundUnfitError),
        (linked, money, RefundUnfitError),
        (a_case("exchange"), goods, IllegalMoveError),
    ):
        with pytest.raises(error):
            after_sale_ends.link_refund(changes, wrong, told, pointer="/refund_id")


def test_return_is_closed_when_its_refund_is_paid() -> None:
    refund = a_refund(1000, with_return=True, approved_at=at(620))
    changes = changing(a_shipped_order(refunds=[refund]))
    refund_id = changes.order.refunds[0].refund_id
    case = received(refund_id=refund_id)

    for early in (received(), case):
        with pytest.raises(RefundNotPaidError):
            after_sale_ends.close_case(changes.order, early, at(700), waives_goods=True)
    refunding.pay_refund(changes, refund_id, at(650))
    closed = after_sale_ends.close_case(changes.order, case, at(700), waives_goods=False)

    assert (closed.status, closed.outcome) == ("closed", "refunded")
    again = after_sale_ends.close_case(changes.order, closed, at(701), waives_goods=False)
    assert again is closed


def test_shop_may_waive_the_goods_of_a_paid_return() -> None:
    refund = a_refund(1000, with_return=True, paid_at=at(650))
    order = a_shipped_order(refunds=[refund])
    case = a_case(agreed_at=at(110), refund_id=order.refunds[0].refund_id)

    with pytest.raises(IllegalMoveError):
        after_sale_ends.close_case(order, case, at(700), waives_goods=False)
    closed = after_sale_ends.close_case(order, case, at(700), waives_goods=True)

    assert closed.outcome == "refunded"


@pytest.mark.parametrize(("kind", "outcome"), [("exchange", "exchanged"), ("repair", "repaired")])
def test_exchange_and_repair_are_closed_when_the_goods_went_out(kind: str, outcome: str) -> None:
    order, case = a_shipped_order(), received(kind, "damaged")

    with pytest.raises(IllegalMoveError):
        after_sale_ends.close_case(order, case, at(700), waives_goods=True)
    gone = after_sale.send_replacement(case, at(140), "SF", "SF-10")
    closed = after_sale_ends.close_case(order, gone, at(700), waives_goods=False)

    assert (gone.status, closed.outcome) == ("replaced", outcome)
    assert after_sale.send_replacement(gone, at(141), "SF", "SF-10") is gone
    with pytest.raises(IllegalMoveError):
        after_sale.send_replacement(gone, at(141), "SF", "SF-11")
