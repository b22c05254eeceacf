"""Refunds."""

import pytest

from services.orders.domain import refunding
from services.orders.domain.parts import Refund, RefundLine
from services.orders.domain.refusals import (
    DuplicateLineError,
    IllegalMoveError,
    LineUnknownError,
    RefundExceedsLineError,
    RefundExceedsPaidError,
    RefundOfUnpaidError,
    RefundTotalMismatchError,
)
from shared.kernel.refusals import Refusal
from tests.support.order_rules import (
    a_paid_order,
    a_refund,
    an_order,
    at,
    changing,
)


def test_refund_of_an_order_never_paid_is_refused() -> None:
    with pytest.raises(RefundOfUnpaidError):
        refunding.request_refund(changing(an_order()), a_refund())


def test_full_refund_after_a_part_is_only_the_rest() -> None:
    changes = changing(a_paid_order(refunds=[a_refund(2500)]))

    rest = refunding.rest_of(changes.order)
    refunding.request_refund(changes, a_refund(rest, "2"))

    assert rest == 4300
    with pytest.raises(RefundExceedsPaidError):
        refunding.rest_of(changes.order)


def test_rejected_refund_frees_its_money() -> None:
    changes = changing(a_paid_order(refunds=[a_refund(6800)]))
    refund_id = changes.order.refunds[0].refund_id

    refunding.reject_refund(changes, refund_id, at(700))

    assert changes.order.refundable_minor == 6800


@pytest.mark.parametrize(
    ("refund", "error", "pointer"),
    [
        (a_refund(6801), RefundExceedsPaidError, "/amount"),
        (a_refund(900, postage_minor=801), RefundExceedsLineError, "/postage"),
        (
            a_refund(1001, lines=(RefundLine(2, 1, 1001),)),
            RefundExceedsLineError,
            "/lines/0/amount",
        ),
        (
            a_refund(500, lines=(RefundLine(2, 2, 500),)),
            RefundExceedsLineError,
            "/lines/0/quantity",
        ),
        (a_refund(500, lines=(RefundLine(3, 1, 500),)), LineUnknownError, "/lines/0/line_no"),
        (a_refund(600, lines=(RefundLine(2, 1, 500),)), RefundTotalMismatchError, "/amount"),
        (
            a_refund(1000, lines=(RefundLine(1, 1, 500), RefundLine(1, 1, 500))),
            DuplicateLineError,
            "/lines/1/line_no",
        ),
    ],
)
def test_refund_never_exceeds_what_it_is_of(
    refund: Refund, error: type[Refusal], pointer: str
) -> None:
    with pytest.raises(error) as refused:
        refunding.request_refund(changing(a_paid_order()), refund)

    assert refused.value.pointer == pointer


def test_refunds_of_a_line_add_up() -> None:
    changes = changing(a_paid_order())
    refunding.request_refund(changes, a_refund(3000, lines=(RefundLine(1, 1, 3000),)))

    with pytest.raises(RefundExceedsLineError):
        refunding.request_refund(changes, a_refund(2001, "2", lines=(RefundLine(1, 1, 2001),)))


def test_refund_is_paid_only_after_approval() -> None:
    changes = changing(a_paid_order(refunds=[a_refund()]))
    refund_id = changes.order.refunds[0].refund_id

    with pytest.raises(IllegalMoveError):
        refunding.pay_refund(changes, refund_id, at(700))

    refunding.approve_refund(changes, refund_id, at(700))
    refunding.pay_refund(changes, refund_id, at(701))
    assert changes.order.refunded_minor == 1000
    with pytest.raises(IllegalMoveError):
        refunding.reject_refund(changes, refund_id, at(702))
