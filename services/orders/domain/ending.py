"""How an order ends: completed, or cancelled while its goods are still here."""

from datetime import datetime
from types import MappingProxyType

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Cancelled, Completed
from services.orders.domain.moves import Condition, Status
from services.orders.domain.refusals import IllegalMoveError


def complete(changes: Changes, completed: Completed, *, pointer: str | None = None) -> None:
    """Complete the trade; raises `IllegalMoveError`, also while money is missing."""
    changes.allow("complete", pointer=pointer)
    order = changes.order
    if order.paid_at is None:
        detail = "An order that is not paid whole cannot be completed."
        raise IllegalMoveError(detail, pointer=pointer, status_now=order.status)
    order.completed_at = completed.at
    changes.state(completed)


VOIDABLE = MappingProxyType(
    {
        "audited": (),
        "printed": (Condition.UNTIL_PRINTED,),
        "shipped": (Condition.UNTIL_PRINTED, Condition.UNTIL_SHIPPED),
    }
)
"""What more may be cancelled where a store lets paid orders be void until they are that (O-R16)."""


def cancel(
    changes: Changes,
    at: datetime,
    *,
    reason: str,
    void_until: str = "printed",
    pointer: str | None = None,
) -> None:
    """Cancel; what was paid is refunded by a refund. Raises `IllegalMoveError`."""
    end = changes.allow("cancel", *VOIDABLE[void_until], pointer=pointer)
    order = changes.order
    if order.shipments and not changes.is_history:
        detail = "An order of which a parcel has left cannot be cancelled."
        raise IllegalMoveError(detail, pointer=pointer, status_now=order.status)
    _end(changes, end, at, reason)


def intercept(changes: Changes, at: datetime, *, reason: str) -> None:
    """Call back what is printed, packed or under way; raises `IllegalMoveError`."""
    _end(changes, changes.allow("intercept"), at, reason)


def confirm_fraud(changes: Changes, at: datetime, *, reason: str) -> None:
    """End an order that is a fraud; raises `IllegalMoveError`."""
    _end(changes, changes.allow("confirm fraud"), at, reason)


def _end(changes: Changes, end: Status, at: datetime, reason: str) -> None:
    order = changes.order
    order.cancelled_at = at
    order.cancel_reason = reason
    order.exit = end
    if order.held_for is not None:
        order.hold = order.problem = None
        changes.has_new_work = True
    changes.state(Cancelled(at, was_paid=order.paid_minor > 0))
