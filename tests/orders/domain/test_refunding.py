"""Refunds."""

import pytest

from services.orders.domain import refunding
from services.orders.domain.facts import RefundMoved
from services.orders.domain.order import Incoming
from services.orders.domain.parts import Note, Refund, RefundLine
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
    a_payment,
    a_refund,
    an_incoming,
    an_order,
    at,
    changing,
    kinds,
    take,
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


def test_partial_refunds_of_a_line_end_with_its_last_piece_and_cent() -> None:
    changes = changing(a_paid_order())
    for number, (pieces, amount) in enumerate(((1, 2000), (0, 500), (1, 2500))):
        part = a_refund(amount, str(number), lines=(RefundLine(1, pieces, amount),))
        refunding.request_refund(changes, part)

    assert refunding.rest_of(changes.order) == 1800
    for line in (RefundLine(1, 0, 1), RefundLine(1, 1, 0)):
        more = a_refund(line.amount_minor + 100, "x", lines=(line,), postage_minor=100)
        with pytest.raises(RefundExceedsLineError):
            refunding.request_refund(changes, more)


def test_step_told_again_at_its_time_changes_nothing() -> None:
    changes = changing(a_paid_order(refunds=[a_refund()]))
    refund_id = changes.order.refunds[0].refund_id

    for act, minute in ((refunding.approve_refund, 700), (refunding.pay_refund, 701)):
        act(changes, refund_id, at(minute))
        act(changes, refund_id, at(minute))
    rejected = changing(a_paid_order(refunds=[a_refund()]))
    for _ in range(2):
        refunding.reject_refund(rejected, refund_id, at(700))

    assert len(changes.facts) == 2
    assert len(rejected.facts) == 1


def test_refund_is_urged_once_while_it_waits() -> None:
    changes = changing(a_paid_order(refunds=[a_refund()]))
    refund_id = changes.order.refunds[0].refund_id
    note = Note(at(650), "S1", "free", "threatens a bad review")

    refunding.urge_refund(changes, refund_id, note)
    refunding.urge_refund(changes, refund_id, note)
    refunding.reject_refund(changes, refund_id, at(700))

    assert kinds(changes) == ["RefundUrged", "RefundMoved"]
    assert (changes.order.refunds[0].urgent_at, changes.notes) == (at(650), [note])
    paid = changing(a_paid_order(refunds=[a_refund(paid_at=at(640))]))
    with pytest.raises(IllegalMoveError, match="paid cannot be marked urgent"):
        refunding.urge_refund(paid, refund_id, note)


def told_paid(amount: int = 1000) -> Incoming:
    return an_incoming(payments=[a_payment()], refunds=[a_refund(amount, paid_at=at(800))])


def test_platform_pays_what_the_shop_rejected() -> None:
    changes = changing(a_paid_order(refunds=[a_refund()]))
    refunding.reject_refund(changes, changes.order.refunds[0].refund_id, at(700))

    _, told = take(told_paid(), changes.order)

    (refund,) = told.order.refunds
    assert (refund.status, refund.rejected_at, refund.approved_at) == ("paid", None, at(800))
    assert [fact.status for fact in told.facts if isinstance(fact, RefundMoved)] == [
        "approved",
        "paid",
    ]


def test_platform_pays_no_more_than_can_go_back() -> None:
    changes = changing(a_paid_order(refunds=[a_refund(6000)]))
    refunding.reject_refund(changes, changes.order.refunds[0].refund_id, at(700))
    refunding.request_refund(changes, a_refund(6800, "2"))

    with pytest.raises(RefundExceedsPaidError) as refused:
        take(told_paid(6000), changes.order)

    assert refused.value.pointer == "/refunds/0/amount"


def test_only_a_source_overrules() -> None:
    changes = changing(a_paid_order(refunds=[a_refund()]))
    refund_id = changes.order.refunds[0].refund_id
    refunding.reject_refund(changes, refund_id, at(700))

    for act in (refunding.approve_refund, refunding.pay_refund):
        with pytest.raises(IllegalMoveError):
            act(changes, refund_id, at(701))


def test_cause_that_a_source_tells_later_is_kept() -> None:
    stored = a_paid_order(refunds=[a_refund()])
    told = a_refund(reason_kind="quality", is_quality_fault=True)
    row = an_incoming(payments=[a_payment()], refunds=[told])

    _, changes = take(row, stored)
    _, again = take(an_incoming(payments=[a_payment()], refunds=[a_refund()]), changes.order)

    assert (changes.order.refunds[0].reason_kind, changes.order.refunds[0].is_quality_fault) == (
        "quality",
        True,
    )
    assert again.is_empty
