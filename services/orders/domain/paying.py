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
    """Take payments, each with the pointer to blame, in order of time.

    A presale may be paid in parts; everything else is paid whole at once. Raises
    `IllegalMoveError`, `AlreadyPaidError`, `PaymentMismatchError`.
    """
    for pointer, payment in sorted(payments, key=lambda entry: entry[1].paid_at):
        _take_payment(changes, payment, pointer=pointer)
    order = changes.order
    if payments and order.paid_at is None and order.kind != PRESALE:
        raise _mismatch(changes, payments[0][0], order.total_minor, order.paid_minor)


def _take_payment(changes: Changes, payment: Payment, *, pointer: str) -> None:
    order = changes.order
    if order.paid_at is not None:
        raise AlreadyPaidError("The order is paid whole already.", pointer=pointer)
    changes.allow("pay", pointer=pointer)
    missing = order.total_minor - order.paid_minor
    if payment.amount_minor > missing or (payment.amount_minor == 0 and order.total_minor > 0):
        raise _mismatch(changes, pointer, missing, payment.amount_minor)
    number = len(order.payments) + 1
    payment = replace(payment, payment_id=f"pay_{order.order_id[4:]}_{number}")
    changes.put_payment(payment)
    paid_minor = order.paid_minor
    is_whole = paid_minor == order.total_minor
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
    is_whole = order.paid_minor == order.total_minor
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
    if order.paid_minor + difference > order.total_minor:
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
