"""The life cycle as data: which move leads from where to where, and who may make it."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

from services.orders.domain.refusals import IllegalMoveError


class Status(StrEnum):
    """How far an order has come; derived from its facts, so that their order of arrival is free."""

    PLACED = "placed"
    PAID = "paid"
    VERIFIED = "verified"
    AUDITED = "audited"
    PRINTED = "printed"
    PICKED = "picked"
    CHECKED = "checked"
    PACKED = "packed"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    FOLLOWED_UP = "followed_up"
    CANCELLED = "cancelled"
    VOID = "void"
    INTERCEPTED = "intercepted"
    FRAUD = "fraud"


STEPS = (
    Status.VERIFIED,
    Status.AUDITED,
    Status.PRINTED,
    Status.PICKED,
    Status.CHECKED,
    Status.PACKED,
)
"""What the house does with an order between its payment and its parcel, one after the other."""


class RefundStatus(StrEnum):
    """How far a refund has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    PAID = "paid"


class Condition(StrEnum):
    """When a move holds: always, for cash on delivery, for imported history, if a source says so.

    `unchecked` holds where the store asks no second check of the picked goods, `until_printed` and
    `until_shipped` where it lets a paid order be void so long.
    """

    ALWAYS = "always"
    COD = "cod"
    HISTORY = "history"
    SOURCE = "source"
    UNCHECKED = "unchecked"
    UNTIL_AUDITED = "until_audited"
    UNTIL_PRINTED = "until_printed"
    UNTIL_SHIPPED = "until_shipped"


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


_BEFORE_PRINTING = (Status.PAID, Status.VERIFIED, Status.AUDITED)
_SINCE_PRINTING = (Status.PRINTED, Status.PICKED, Status.CHECKED, Status.PACKED)
_IN_HOUSE = (*_BEFORE_PRINTING, *_SINCE_PRINTING)


def _from_each(
    verb: str,
    origins: Iterable[Status],
    target: Status | None,
    who: str,
    condition: Condition = Condition.ALWAYS,
) -> tuple[Move, ...]:
    """Return a move from each status; without a target it leaves the status as it is."""
    return tuple(Move(verb, origin, target or origin, who, condition) for origin in origins)


MOVES = (
    Move("amend", Status.PLACED, Status.PLACED, "orders:write"),
    Move("amend", Status.VERIFIED, Status.VERIFIED, "orders:write", Condition.COD),
    Move("amend", Status.AUDITED, Status.AUDITED, "orders:write", Condition.COD),
    Move("reprice", Status.PLACED, Status.PLACED, "orders:amend"),
    Move("reprice", Status.VERIFIED, Status.VERIFIED, "orders:amend", Condition.UNTIL_AUDITED),
    Move("pay", Status.PLACED, Status.PAID, "payments:write"),
    *_from_each("pay", STEPS, None, "payments:write", Condition.COD),
    Move("pay", Status.SHIPPED, Status.SHIPPED, "payments:write", Condition.COD),
    Move("pay", Status.IN_TRANSIT, Status.IN_TRANSIT, "payments:write", Condition.COD),
    Move("pay", Status.DELIVERED, Status.DELIVERED, "payments:write", Condition.COD),
    Move("verify", Status.PAID, Status.VERIFIED, "orders:amend"),
    Move("verify", Status.PLACED, Status.VERIFIED, "orders:amend", Condition.COD),
    Move("audit", Status.VERIFIED, Status.AUDITED, "orders:audit"),
    Move("reject", Status.VERIFIED, Status.PAID, "orders:audit"),
    Move("reject", Status.VERIFIED, Status.PLACED, "orders:audit", Condition.COD),
    Move("print", Status.AUDITED, Status.PRINTED, "shipments:write"),
    Move("pick", Status.PRINTED, Status.PICKED, "shipments:write"),
    Move("check", Status.PICKED, Status.CHECKED, "shipments:write"),
    Move("pack", Status.CHECKED, Status.PACKED, "shipments:write"),
    Move("pack", Status.PICKED, Status.PACKED, "shipments:write", Condition.UNCHECKED),
    Move("chase", Status.PLACED, Status.PLACED, "cs:write"),
    *_from_each("change", (Status.PLACED, *_BEFORE_PRINTING), None, "orders:amend"),
    *_from_each("change", _SINCE_PRINTING, Status.AUDITED, "orders:amend"),
    *_from_each("urge", _IN_HOUSE, None, "orders:amend"),
    *_from_each("ship", _IN_HOUSE, Status.SHIPPED, "shipments:write"),
    Move("ship", Status.PLACED, Status.SHIPPED, "shipments:write", Condition.COD),
    Move("track", Status.SHIPPED, Status.IN_TRANSIT, "shipments:write"),
    Move("deliver", Status.SHIPPED, Status.DELIVERED, "shipments:write"),
    Move("deliver", Status.IN_TRANSIT, Status.DELIVERED, "shipments:write"),
    Move("deliver", Status.PAID, Status.DELIVERED, "orders:import", Condition.HISTORY),
    Move("complete", Status.SHIPPED, Status.COMPLETED, "orders:write"),
    Move("complete", Status.IN_TRANSIT, Status.COMPLETED, "orders:write"),
    Move("complete", Status.DELIVERED, Status.COMPLETED, "orders:write"),
    Move("complete", Status.PAID, Status.COMPLETED, "orders:import", Condition.HISTORY),
    Move("follow up", Status.DELIVERED, Status.DELIVERED, "cs:write"),
    Move("follow up", Status.COMPLETED, Status.FOLLOWED_UP, "cs:write"),
    Move("cancel", Status.PLACED, Status.CANCELLED, "orders:write"),
    *_from_each("cancel", (Status.PAID, Status.VERIFIED), Status.VOID, "orders:write"),
    Move("cancel", Status.AUDITED, Status.VOID, "orders:write", Condition.UNTIL_PRINTED),
    Move("cancel", Status.AUDITED, Status.VOID, "orders:write", Condition.SOURCE),
    *_from_each("cancel", _SINCE_PRINTING, Status.VOID, "orders:write", Condition.UNTIL_SHIPPED),
    *_from_each("cancel", _SINCE_PRINTING, Status.INTERCEPTED, "orders:write", Condition.SOURCE),
    Move("cancel", Status.SHIPPED, Status.CANCELLED, "orders:import", Condition.HISTORY),
    Move("cancel", Status.IN_TRANSIT, Status.CANCELLED, "orders:import", Condition.HISTORY),
    Move("cancel", Status.DELIVERED, Status.CANCELLED, "orders:import", Condition.HISTORY),
    *_from_each(
        "intercept",
        (Status.AUDITED, *_SINCE_PRINTING, Status.SHIPPED, Status.IN_TRANSIT),
        Status.INTERCEPTED,
        "shipments:write",
    ),
    *_from_each("confirm fraud", (Status.PLACED, *_IN_HOUSE), Status.FRAUD, "orders:audit"),
)
"""Every legal move. A partial payment or parcel is legal where its move is and leaves the status.

A source, or the warehouse, may ship what was not worked through here: the parcel is a fact.
Refunds stand beside it: whatever was paid may go back, from any status.
"""

REFUND_MOVES = (
    RefundMove("approve", RefundStatus.REQUESTED, RefundStatus.APPROVED, "refunds:approve"),
    RefundMove("reject", RefundStatus.REQUESTED, RefundStatus.REJECTED, "refunds:approve"),
    RefundMove("reject", RefundStatus.APPROVED, RefundStatus.REJECTED, "refunds:approve"),
    RefundMove("pay", RefundStatus.APPROVED, RefundStatus.PAID, "refunds:pay"),
    RefundMove("urge", RefundStatus.REQUESTED, RefundStatus.REQUESTED, "refunds:write"),
    RefundMove("urge", RefundStatus.APPROVED, RefundStatus.APPROVED, "refunds:write"),
    RefundMove("overrule", RefundStatus.REJECTED, RefundStatus.APPROVED, "orders:write"),
)
"""Every legal move of a refund; only a source overrules, which says that the platform paid it."""

_BY_VERB = {(move.verb, move.origin, move.condition): move for move in MOVES}
_REFUND_BY_VERB = {(move.verb, move.origin): move for move in REFUND_MOVES}


def find_move(
    verb: str, origin: Status, conditions: Collection[Condition], *, pointer: str | None = None
) -> Move:
    """Return the move that `verb` makes from `origin` where these conditions are met as well.

    Raises `IllegalMoveError`.
    """
    for condition in (Condition.ALWAYS, *conditions):
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
    "audit": "audited",
    "cancel": "cancelled",
    "change": "changed",
    "chase": "chased",
    "check": "checked a second time",
    "complete": "completed",
    "confirm fraud": "fraud",
    "deliver": "delivered",
    "follow up": "followed up",
    "intercept": "intercepted",
    "overrule": "overruled",
    "pack": "packed",
    "pay": "paid",
    "pick": "picked",
    "print": "printed",
    "reject": "rejected",
    "reprice": "given another price",
    "ship": "shipped",
    "track": "under way",
    "urge": "marked urgent",
    "verify": "verified",
}
