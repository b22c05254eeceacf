"""Payments and their corrections."""

from dataclasses import replace

import pytest

from services.orders.domain import facts, paying
from services.orders.domain.changes import Changes
from services.orders.domain.moves import Status
from services.orders.domain.reconciling import Outcome, reconcile
from services.orders.domain.refusals import (
    AlreadyPaidError,
    CorrectionRefusedError,
    PaymentMismatchError,
)
from tests.support.order_rules import (
    a_line,
    a_paid_order,
    a_payment,
    a_refund,
    an_incoming,
    at,
    changing,
    take,
)


def test_payment_that_does_not_match_is_refused() -> None:
    for amount in (6700, 6900, 0):
        with pytest.raises(PaymentMismatchError) as refused:
            take(an_incoming(payments=[a_payment(amount)]))

        assert refused.value.pointer == "/payments/0/amount"


def test_order_that_costs_nothing_is_paid_by_nothing() -> None:
    free = an_incoming(lines=[a_line(1, 1, 0)], postage_minor=0, payments=[a_payment(0)])
    _, changes = take(replace(free, total_minor=0))

    assert changes.order.status is Status.PAID


def test_presale_is_paid_in_parts() -> None:
    _, deposit = take(an_incoming(kind="presale", payments=[a_payment(1800, "d")]))
    _, rest = take(
        an_incoming(
            kind="presale", payments=[a_payment(1800, "d"), a_payment(5000, "t", minutes=90)]
        ),
        deposit.order,
    )

    assert [fact.is_whole for fact in deposit.facts if isinstance(fact, facts.Paid)] == [False]
    assert deposit.order.status is Status.PLACED
    [tail] = rest.facts
    assert isinstance(tail, facts.Paid)
    assert (tail.is_whole, tail.paid_minor, tail.payment.amount_minor) == (True, 6800, 5000)
    assert rest.order.paid_at == at(90)


def test_second_payment_is_refused() -> None:
    with pytest.raises(AlreadyPaidError):
        take(an_incoming(payments=[a_payment(), a_payment(external_id="2")]))


def test_correction_is_finances_and_keeps_what_the_source_said() -> None:
    changes = changing(a_paid_order())
    payment_id = changes.order.payments[0].payment_id

    paying.correct_payment(changes, payment_id, 6000, reason="bank statement")

    [corrected] = changes.facts
    assert isinstance(corrected, facts.Corrected)
    assert (corrected.difference_minor, corrected.completes) == (-800, -1)
    assert changes.order.status is Status.PLACED
    again, _ = take(an_incoming(payments=[a_payment()]), changes.order)
    assert again is Outcome.UNCHANGED


def test_correction_never_leaves_less_than_is_refunded() -> None:
    changes = changing(a_paid_order(refunds=[a_refund(3000)]))

    with pytest.raises(CorrectionRefusedError):
        paying.correct_payment(
            changes, changes.order.payments[0].payment_id, 2999, reason="mistyped"
        )


def test_parts_of_a_presale_never_exceed_what_it_costs() -> None:
    parts = [a_payment(1800, "d"), a_payment(5001, "t", minutes=90)]

    with pytest.raises(PaymentMismatchError) as refused:
        take(an_incoming(kind="presale", payments=parts))

    assert refused.value.data == {"expected": "50.00", "given": "50.01"}


def test_several_payments_of_a_row_pay_it_together() -> None:
    parts = [a_payment(2000, "v"), a_payment(0, "n"), a_payment(4800, "c")]

    _, changes = take(an_incoming(payments=parts))

    paid = [fact for fact in changes.facts if isinstance(fact, facts.Paid)]
    assert [(fact.is_whole, fact.paid_minor) for fact in paid] == [
        (False, 2000),
        (False, 2000),
        (True, 6800),
    ]
    assert changes.order.payment_difference_minor == 0


@pytest.mark.parametrize(
    ("amounts", "difference"), [((6799,), -1), ((6801,), 1), ((100, 50), -6650), ((6800, 5), 5)]
)
def test_payments_of_history_are_facts(amounts: tuple[int, ...], difference: int) -> None:
    told = [a_payment(amount, str(number)) for number, amount in enumerate(amounts)]

    _, changes = take(an_incoming(payments=told, is_backfill=True))

    order = changes.order
    assert (order.status, order.paid_minor) == (Status.PAID, sum(amounts))
    assert order.payment_difference_minor == difference
    assert order.refundable_minor == sum(amounts)
    again, _ = take(an_incoming(payments=told, is_backfill=True), order)
    assert again is Outcome.UNCHANGED


def test_history_that_was_paid_with_nothing_is_refused() -> None:
    with pytest.raises(PaymentMismatchError):
        take(an_incoming(payments=[a_payment(0)], is_backfill=True))


def test_deposit_of_history_pays_no_presale() -> None:
    _, changes = take(
        an_incoming(kind="presale", payments=[a_payment(1800, "d")], is_backfill=True)
    )

    assert changes.order.paid_at is None


def test_correction_of_history_leaves_it_paid() -> None:
    _, taken = take(an_incoming(payments=[a_payment(6801)], is_backfill=True))
    changes = changing(taken.order)

    paying.correct_payment(changes, changes.order.payments[0].payment_id, 6805, reason="statement")

    [corrected] = changes.facts
    assert isinstance(corrected, facts.Corrected)
    assert (corrected.completes, changes.order.paid_minor) == (0, 6805)


@pytest.mark.parametrize(("amount", "is_taken"), [(6795, True), (6805, True), (6794, False)])
def test_store_may_tolerate_a_small_difference(amount: int, *, is_taken: bool) -> None:
    def told() -> Changes:
        _, changes = reconcile(
            None,
            an_incoming(payments=[a_payment(amount)]),
            order_id="ord_1",
            now=at(0),
            tolerance_minor=5,
        )
        return changes

    if not is_taken:
        with pytest.raises(PaymentMismatchError):
            told()
        return
    assert told().order.payment_difference_minor == amount - 6800
