"""How an order ends: completed, or cancelled while its goods are still here."""

from datetime import datetime

from services.orders.domain.facts import Cancelled, Changes, Completed
from services.orders.domain.moves import find_move
from services.orders.domain.order import COD
from services.orders.domain.refusals import IllegalMoveError


def complete(changes: Changes, completed: Completed) -> None:
    """Complete the trade; raises `IllegalMoveError`, also while money is missing."""
    order = changes.order
    is_cod = order.kind == COD
    find_move("complete", order.status, is_cod=is_cod, is_history=changes.is_history)
    if order.paid_at is None:
        detail = "An order that is not paid whole cannot be completed."
        raise IllegalMoveError(detail, status_now=order.status)
    order.completed_at = completed.at
    changes.state(completed)


def cancel(changes: Changes, at: datetime, *, reason: str) -> None:
    """Cancel; what was paid is refunded by a refund. Raises `IllegalMoveError`."""
    order = changes.order
    find_move("cancel", order.status, is_cod=order.kind == COD, is_history=changes.is_history)
    if order.shipments and not changes.is_history:
        detail = "An order of which a parcel has left cannot be cancelled."
        raise IllegalMoveError(detail, status_now=order.status)
    order.cancelled_at = at
    order.cancel_reason = reason
    changes.state(Cancelled(at, was_paid=order.paid_minor > 0))
