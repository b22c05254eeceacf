"""The life cycle as data: which move leads from where to where, and who may make it."""

from enum import StrEnum
from typing import NamedTuple

from services.orders.domain.refusals import IllegalMoveError


class Status(StrEnum):
    """How far an order has come; derived from its facts, so that their order of arrival is free."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """How far a refund has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"


class Condition(StrEnum):
    """When a move holds: always, for cash on delivery, or for imported history."""

    ALWAYS = "always"
    COD = "cod"
    HISTORY = "history"


class Move(NamedTuple):
    """One move: `who` is the scope that may make it."""

    verb: str
    origin: Status
    target: Status
    who: str
    condition: Condition = Condition.ALWAYS


class RefundMove(NamedTuple):
    """One move of a refund: `who` is the scope that may make it."""

    verb: str
    origin: RefundStatus
    target: RefundStatus
    who: str


MOVES = (
    Move("amend", Status.PLACED, Status.PLACED, "orders:write"),
    Move("pay", Status.PLACED, Status.PAID, "payments:write"),
    Move("pay", Status.SHIPPED, Status.SHIPPED, "payments:write", Condition.COD),
    Move("pay", Status.DELIVERED, Status.DELIVERED, "payments:write", Condition.COD),
    Move("ship", Status.PAID, Status.SHIPPED, "shipments:write"),
    Move("ship", Status.PLACED, Status.SHIPPED, "shipments:write", Condition.COD),
    Move("deliver", Status.SHIPPED, Status.DELIVERED, "shipments:write"),
    Move("deliver", Status.PAID, Status.DELIVERED, "orders:import", Condition.HISTORY),
    Move("complete", Status.SHIPPED, Status.COMPLETED, "orders:write"),
    Move("complete", Status.DELIVERED, Status.COMPLETED, "orders:write"),
    Move("complete", Status.PAID, Status.COMPLETED, "orders:import", Condition.HISTORY),
    Move("cancel", Status.PLACED, Status.CANCELLED, "orders:write"),
    Move("cancel", Status.PAID, Status.CANCELLED, "orders:write"),
    Move("cancel", Status.SHIPPED, Status.CANCELLED, "orders:import", Condition.HISTORY),
    Move("cancel", Status.DELIVERED, Status.CANCELLED, "orders:import", Condition.HISTORY),
)
"""Every legal move. A partial payment or parcel is legal where its move is and leaves the status.

Refunds stand beside it: whatever was paid may go back, from any status.
"""

REFUND_MOVES = (
    RefundMove("approve", RefundStatus.REQUESTED, RefundStatus.APPROVED, "refunds:approve"),
    RefundMove("reject", RefundStatus.REQUESTED, RefundStatus.REJECTED, "refunds:approve"),
    RefundMove("reject", RefundStatus.APPROVED, RefundStatus.REJECTED, "refunds:approve"),
    RefundMove("pay", RefundStatus.APPROVED, RefundStatus.PAID, "refunds:pay"),
)
"""Every legal move of a refund."""

_BY_VERB = {(move.verb, move.origin, move.condition): move for move in MOVES}
_REFUND_BY_VERB = {(move.verb, move.origin): move for move in REFUND_MOVES}


def find_move(
    verb: str, origin: Status, *, is_cod: bool, is_history: bool, pointer: str | None = None
) -> Move:
    """Return the move that `verb` makes from `origin`; raises `IllegalMoveError`."""
    conditions = [Condition.ALWAYS]
    if is_cod:
        conditions.append(Condition.COD)
    if is_history:
        conditions.append(Condition.HISTORY)
    for condition in conditions:
        move = _BY_VERB.get((verb, origin, condition))
        if move is not None:
            return move
    detail = f"An order that is {origin} cannot be {_DONE[verb]}."
    raise IllegalMoveError(detail, pointer=pointer, status_now=origin)


def find_refund_move(verb: str, origin: RefundStatus) -> RefundMove:
    """Return the move that `verb` makes from `origin`; raises `IllegalMoveError`."""
    move = _REFUND_BY_VERB.get((verb, origin))
    if move is None:
        raise IllegalMoveError(
            f"A refund that is {origin} cannot be {_DONE[verb]}.", status_now=origin
        )
    return move


_DONE = {
    "amend": "amended",
    "approve": "approved",
    "cancel": "cancelled",
    "complete": "completed",
    "deliver": "delivered",
    "pay": "paid",
    "reject": "rejected",
    "ship": "shipped",
}
