"""What is told of one order: each function gives the act that changes it.

An entry that is known by its external_id and told as before changes nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from services.orders.domain import ending, merging, noting, paying, refunding, shipping
from services.orders.domain.changes import Changes
from services.orders.domain.facts import Completed, Delivered
from services.orders.domain.parts import Note, Payment, Refund, Shipment
from services.orders.schemas.incoming import Money, shipped_lines
from services.orders.schemas.new_order import (
    Correction,
    Happened,
    PaymentBody,
    RefundRequest,
    ShipmentBody,
)
from services.orders.schemas.steps import Reasoned

Act = Callable[[Changes], None]

Entry = TypeVar("Entry", Payment, Shipment, Refund)


def take_payment(body: PaymentBody, now: datetime) -> Act:
    """Take a payment."""

    def act(changes: Changes) -> None:
        order = changes.order
        external_id = body.external_id or _next_key(order.payments)
        known = _known(order.payments, external_id)
        paid_at = body.paid_at or (known.paid_at if known else now)
        amount = Money(order.currency).minor(body.amount, "/amount")
        payment = Payment(
            external_id,
            amount,
            amount,
            paid_at,
            body.method,
            channel=body.channel,
            instalments=body.instalments,
        )
        merging.merge_payments(changes, [("", payment)])

    return act


def correct_payment(payment_id: str, body: Correction) -> Act:
    """Correct a payment, as finance alone may."""

    def act(changes: Changes) -> None:
        minor = Money(changes.order.currency).minor(body.amount, "/amount")
        paying.correct_payment(changes, payment_id, minor, reason=body.reason)

    return act


def send_parcel(body: ShipmentBody, courier: str, waybill: str, now: datetime) -> Act:
    """Send a parcel."""

    def act(changes: Changes) -> None:
        order = changes.order
        external_id = body.external_id or _next_key(order.shipments)
        known = _known(order.shipments, external_id)
        shipped_at = body.shipped_at or (known.shipped_at if known else now)
        told = Shipment(
            external_id,
            courier,
            waybill,
            shipped_at,
            lines=shipped_lines(body.lines),
            weight_grams=body.weight_grams,
        )
        if known is not None:
            merging.merge_shipments(changes, [("", told)])
        else:
            shipping.ship(changes, told)

    return act


def request_refund(body: RefundRequest, now: datetime) -> Act:
    """Ask for money back; without an amount for all that can still go back."""

    def act(changes: Changes) -> None:
        order = changes.order
        external_id = body.external_id or _next_key(order.refunds)
        known = _known(order.refunds, external_id)
        money = Money(order.currency)
        amount = money.minor(body.amount, "/amount")
        if body.amount is None:
            amount = known.amount_minor if known else refunding.rest_of(order)
        refund = Refund(
            external_id,
            amount,
            body.requested_at or (known.requested_at if known else now),
            postage_minor=money.minor(body.postage, "/postage"),
            lines=money.refund_lines(body.lines, ""),
            reason=body.reason,
            with_return=body.with_return,
            reason_kind=body.cause[0],
            is_quality_fault=body.cause[1],
        )
        merging.merge_refunds(changes, [("", refund)])

    return act


def approve_refund(refund_id: str, body: Happened | None, now: datetime) -> Act:
    """Agree to a refund."""
    at = _time_of(body, now)
    return lambda changes: refunding.approve_refund(changes, refund_id, at)


def reject_refund(refund_id: str, body: Happened | None, now: datetime) -> Act:
    """Refuse a refund, or take it back."""
    at = _time_of(body, now)
    return lambda changes: refunding.reject_refund(changes, refund_id, at)


def pay_refund(refund_id: str, body: Happened | None, now: datetime) -> Act:
    """Send the money of a refund back."""
    at = _time_of(body, now)
    return lambda changes: refunding.pay_refund(changes, refund_id, at)


def urge_refund(refund_id: str, body: Reasoned, now: datetime, *, staff: str) -> Act:
    """Ask finance to pay a refund first."""
    note = Note(body.at or now, staff, noting.FREE, body.reason)
    return lambda changes: refunding.urge_refund(changes, refund_id, note)


def deliver(body: Happened | None, now: datetime) -> Act:
    """Hand over the goods; the same time told again changes nothing."""
    at = _time_of(body, now)

    def act(changes: Changes) -> None:
        if not _is_told(body, changes.order.delivered_at):
            shipping.deliver(changes, Delivered(at))

    return act


def complete(body: Happened | None, now: datetime) -> Act:
    """Complete the trade; the same time told again changes nothing."""
    at = _time_of(body, now)

    def act(changes: Changes) -> None:
        if not _is_told(body, changes.order.completed_at):
            ending.complete(changes, Completed(at))

    return act


def _time_of(body: Happened | None, now: datetime) -> datetime:
    return now if body is None or body.at is None else body.at


def _is_told(body: Happened | None, stored: datetime | None) -> bool:
    return body is not None and body.at is not None and body.at == stored


def _next_key(rows: Sequence[Payment | Shipment | Refund]) -> str:
    taken = {row.external_id for row in rows}
    number = len(rows) + 1
    while str(number) in taken:
        number += 1
    return str(number)


def _known(rows: Sequence[Entry], external_id: str) -> Entry | None:
    return next((row for row in rows if row.external_id == external_id), None)
