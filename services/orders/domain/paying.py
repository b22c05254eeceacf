"""Payments: the amount is checked against the order, and only finance corrects one."""

from collections.abc import Sequence
from dataclasses import replace

from services.orders.domain import chasing
from services.orders.domain.changes import Changes
from services.orders.domain.facts import Corrected, Paid
from services.orders.domain.order import COD, PRESALE
from services.orders.domain.parts import Payment
from services.orders.domain.refusals import (
    AlreadyPaidError,
    CorrectionRefusedError,
    PaymentMismatchError,
    PaymentUnknownError,
)
from shared.kernel.money import format_minor


def take_payments(changes: Changes, payments: Sequence[tuple[str, Payment]]) -> None:
    """Take payments, each with the pointer to blame, in order of time; the last may complete them.

    A presale may be paid in parts; everything else is paid whole at once, by one payment or by
    several, to what it costs but for the tolerance. Of imported history payments are facts,
    whatever they come to. Raises `IllegalMoveError`, `AlreadyPaidError`, `PaymentMismatchError`.
    """
    entries = sorted(payments, key=lambda entry: entry[1].paid_at)
    for place, (pointer, payment) in enumerate(entries, start=1):
        _check_payment(changes, payment, pointer)
        _take_payment(changes, payment, pointer=pointer, is_last=place == len(entries))
    order = changes.order
    if payments and order.paid_at is None and order.kind != PRESALE:
        raise _mismatch(changes, payments[0][0], order.total_minor, order.paid_minor)


def _check_payment(changes: Changes, payment: Payment, pointer: str) -> None:
    order = changes.order
    missing = order.total_minor - order.paid_minor
    is_fact = changes.is_history
    if order.paid_at is not None or (missing <= 0 < payment.amount_minor and not is_fact):
        raise AlreadyPaidError("The order is paid whole already.", pointer=pointer)
    is_too_much = payment.amount_minor > missing + changes.tolerance_minor and not is_fact
    is_no_deposit = payment.amount_minor == 0 < order.total_minor and order.kind == PRESALE
    if is_too_much or is_no_deposit:
        raise _mismatch(changes, pointer, missing, payment.amount_minor)


def _is_whole(changes: Changes) -> bool:
    """Say whether what came in pays the order: what an export has as paid is paid."""
    order = changes.order
    if (changes.is_history or order.is_backfill) and order.kind != PRESALE and order.paid_minor:
        return True
    difference = order.paid_minor - order.total_minor
    if changes.is_history and difference > 0:
        return True
    return abs(difference) <= changes.tolerance_minor


def _take_payment(changes: Changes, payment: Payment, *, pointer: str, is_last: bool) -> None:
    order = changes.order
    changes.allow("pay", pointer=pointer)
    number = len(order.payments) + 1
    payment = replace(payment, payment_id=f"pay_{order.order_id[4:]}_{number}")
    changes.put_payment(payment)
    paid_minor = order.paid_minor
    is_whole = is_last and _is_whole(changes)
    if is_whole:
        order.paid_at = max(entry.paid_at for entry in order.payments)
    fact = Paid(payment.paid_at, payment=payment, paid_minor=paid_minor, is_whole=is_whole)
    if order.kind == COD:  # the parcel does not wait for the money
        changes.paid_after = changes.state_beside(fact, after=order.placed_at)
    else:
        changes.state(fact)
    if is_whole:
        chasing.win(changes, fact.at)


def correct_payment(changes: Changes, payment_id: str, amount_minor: int, *, reason: str) -> None:
    """Set a payment to what finance found; repeating the same correction changes nothing.

    Raises `PaymentUnknownError`, `CorrectionRefusedError`.
    """
    order = changes.order
    payment = next((entry for entry in order.payments if entry.payment_id == payment_id), None)
    if payment is None:
        raise PaymentUnknownError(f"The order has no payment {payment_id}.")
    difference = amount_minor - payment.amount_minor
    if difference == 0:
        return
    _check_correction(changes, difference)
    was_whole = order.paid_at is not None
    payment = replace(payment, amount_minor=amount_minor)
    changes.put_payment(payment)
    is_whole = _is_whole(changes)
    order.paid_at = max(entry.paid_at for entry in order.payments) if is_whole else None
    changes.state(
        Corrected(
            payment.paid_at,
            payment=payment,
            difference_minor=difference,
            paid_minor=order.paid_minor,
            completes=int(is_whole) - int(was_whole),
            reason=reason,
        )
    )


def _check_correction(changes: Changes, difference: int) -> None:
    order = changes.order
    most = order.total_minor + changes.tolerance_minor
    if order.paid_minor + difference > most and not order.is_backfill:
        detail = "The payments would be more than the order costs."
        raise CorrectionRefusedError(detail, pointer="/amount")
    if order.refundable_minor + difference < 0:
        detail = "The payments would be less than the refunds."
        raise CorrectionRefusedError(detail, pointer="/amount")


def _mismatch(changes: Changes, pointer: str, expected: int, given: int) -> PaymentMismatchError:
    currency = changes.order.currency
    expected_text, given_text = format_minor(expected, currency), format_minor(given, currency)
    return PaymentMismatchError(
        f"The order needs {expected_text} {currency}, the payment is {given_text}.",
        pointer=pointer,
        expected=expected_text,
        given=given_text,
    )
