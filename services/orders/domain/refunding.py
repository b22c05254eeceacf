"""Refunds: requested, approved, paid; never more than was paid, nor a line more than it cost."""

from dataclasses import replace
from datetime import datetime

from services.orders.domain.changes import Changes
from services.orders.domain.facts import RefundMoved, RefundUrged
from services.orders.domain.moves import RefundStatus, find_refund_move
from services.orders.domain.order import Order
from services.orders.domain.parts import Line, Note, Refund, RefundLine
from services.orders.domain.refusals import (
    DuplicateLineError,
    LineUnknownError,
    RefundExceedsLineError,
    RefundExceedsPaidError,
    RefundOfUnpaidError,
    RefundTotalMismatchError,
    RefundUnknownError,
)
from shared.kernel.money import format_minor


def request_refund(changes: Changes, refund: Refund, *, pointer: str = "") -> Refund:
    """Ask for money back; return the refund with its id.

    Raises `RefundOfUnpaidError`, `RefundExceedsPaidError`, `RefundTotalMismatchError`,
    `LineUnknownError`, `RefundExceedsLineError`.
    """
    order = changes.order
    _check_amount(order, refund, pointer)
    _check_lines(order, refund, pointer)
    number = len(order.refunds) + 1
    refund = replace(
        refund,
        refund_id=f"ref_{order.order_id[4:]}_{number}",
        approved_at=None,
        rejected_at=None,
        paid_at=None,
    )
    _move(changes, refund, refund.requested_at)
    return refund


def approve_refund(changes: Changes, refund_id: str, at: datetime) -> None:
    """Agree to a refund; at the same time again it changes nothing.

    Raises `RefundUnknownError`, `IllegalMoveError`.
    """
    refund = find_refund(changes.order, refund_id)
    if refund.approved_at != at:
        find_refund_move("approve", refund.status)
        _move(changes, replace(refund, approved_at=at), at)


def reject_refund(changes: Changes, refund_id: str, at: datetime) -> None:
    """Refuse a refund, or take it back for the buyer; its money may be asked for again."""
    refund = find_refund(changes.order, refund_id)
    if refund.rejected_at != at:
        find_refund_move("reject", refund.status)
        _move(changes, replace(refund, rejected_at=at), at)


def pay_refund(changes: Changes, refund_id: str, at: datetime) -> None:
    """Send the money back; raises `RefundUnknownError`, `IllegalMoveError`."""
    refund = find_refund(changes.order, refund_id)
    if refund.paid_at != at:
        find_refund_move("pay", refund.status)
        _move(changes, replace(refund, paid_at=at), at)


def urge_refund(changes: Changes, refund_id: str, note: Note) -> None:
    """Ask finance to pay a refund first (O-R25), and say why in a note; once.

    Raises `RefundUnknownError`, `IllegalMoveError`.
    """
    refund = find_refund(changes.order, refund_id)
    if refund.urgent_at is not None:
        return
    find_refund_move("urge", refund.status)
    urged = replace(refund, urgent_at=note.at)
    changes.put_refund(urged)
    changes.notes.append(note)
    changes.state_beside(RefundUrged(note.at, urged), after=refund.requested_at)


def rest_of(order: Order) -> int:
    """Return what a full refund is: only what no standing refund claims.

    Raises `RefundOfUnpaidError`, and `RefundExceedsPaidError` where nothing is left.
    """
    _check_amount(order, None, "")
    return order.refundable_minor


def find_refund(order: Order, refund_id: str) -> Refund:
    """Return the refund of an id; raises `RefundUnknownError`."""
    refund = order.refund(refund_id)
    if refund is not None:
        return refund
    raise RefundUnknownError(f"The order has no refund {refund_id}.")


def _move(changes: Changes, refund: Refund, at: datetime) -> None:
    changes.put_refund(refund)
    order = changes.order
    steps = (refund.requested_at, refund.approved_at, refund.paid_at, changes.paid_after)
    changes.state_beside(
        RefundMoved(
            at,
            refund=refund,
            status=refund.status,
            refunded_minor=order.refunded_minor,
            paid_at=order.paid_at,
        ),
        after=max(step for step in steps if step is not None),
    )


def _check_amount(order: Order, refund: Refund | None, pointer: str) -> None:
    where = f"{pointer}/amount"
    if order.paid_minor == 0:
        raise RefundOfUnpaidError("Nothing was paid, so nothing can go back.", pointer=where)
    left = order.refundable_minor
    if left == 0 or (refund is not None and refund.amount_minor > left):
        text = format_minor(left, order.currency)
        raise RefundExceedsPaidError(
            f"At most {text} {order.currency} can still go back.", pointer=where, refundable=text
        )


def _check_lines(order: Order, refund: Refund, pointer: str) -> None:
    parts = sum(part.amount_minor for part in refund.lines) + refund.postage_minor
    if refund.lines and parts != refund.amount_minor:
        expected = format_minor(parts, order.currency)
        raise RefundTotalMismatchError(
            f"Its lines and postage make {expected}.", pointer=f"{pointer}/amount"
        )
    standing = order.standing_refunds
    postage = refund.postage_minor + sum(other.postage_minor for other in standing)
    if refund.postage_minor > refund.amount_minor or postage > order.postage_minor:
        detail = "More postage would go back than was charged."
        raise RefundExceedsLineError(detail, pointer=f"{pointer}/postage")
    seen: set[int] = set()
    for place, part in enumerate(refund.lines):
        where = f"{pointer}/lines/{place}"
        line = order.line(part.line_no)
        if line is None:
            detail = f"The order has no line {part.line_no}."
            raise LineUnknownError(detail, pointer=f"{where}/line_no")
        if part.line_no in seen:
            detail = f"Line {part.line_no} is named twice."
            raise DuplicateLineError(detail, pointer=f"{where}/line_no")
        seen.add(part.line_no)
        _check_line(line, [*standing, refund], where)


def _check_line(line: Line, refunds: list[Refund], pointer: str) -> None:
    parts: list[RefundLine] = [
        part for refund in refunds for part in refund.lines if part.line_no == line.line_no
    ]
    if sum(part.amount_minor for part in parts) > line.amount_minor:
        detail = f"More of line {line.line_no} would go back than it cost."
        raise RefundExceedsLineError(detail, pointer=f"{pointer}/amount")
    if sum(part.quantity for part in parts) > line.quantity:
        detail = f"More pieces of line {line.line_no} would go back than it has."
        raise RefundExceedsLineError(detail, pointer=f"{pointer}/quantity")


def advance(changes: Changes, refund: Refund, target: Refund, *, pointer: str = "") -> None:
    """Bring a stored refund to where the source has it; a payment counts as its approval.

    What the platform paid although it was rejected here is paid, if as much can still go back.
    """
    status, approved_at = refund.status, target.approved_at or target.paid_at
    if status is RefundStatus.REJECTED and changes.is_told and target.paid_at is not None:
        _overrule(changes, refund, approved_at or target.paid_at, pointer)
        status = RefundStatus.APPROVED
    if status is RefundStatus.REQUESTED and approved_at is not None:
        approve_refund(changes, refund.refund_id, approved_at)
        status = RefundStatus.APPROVED
    if status is not RefundStatus.PAID and target.paid_at is not None:
        pay_refund(changes, refund.refund_id, target.paid_at)


def _overrule(changes: Changes, refund: Refund, at: datetime, pointer: str) -> None:
    find_refund_move("overrule", refund.status)
    _check_amount(changes.order, refund, pointer)
    _check_lines(changes.order, refund, pointer)
    _move(changes, replace(refund, rejected_at=None, approved_at=at), at)
