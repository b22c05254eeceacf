"""What the house does with an order: verify, audit, print, pick, check, pack; and what holds it."""

from datetime import datetime

from services.orders.domain import noting
from services.orders.domain.changes import Changes
from services.orders.domain.facts import Stepped, Suspected, Trusted
from services.orders.domain.moves import Condition, Status
from services.orders.domain.parts import Hold
from services.orders.domain.refusals import NotHeldError, OrderHeldError

AUDIT, FRAUD = "audit", "fraud"
"""What an order can be held for."""

PASSED, REJECTED, HELD = "passed", "rejected", "held"
"""What an audit can find."""

VERBS = {
    Status.VERIFIED: "verify",
    Status.PRINTED: "print",
    Status.PICKED: "pick",
    Status.CHECKED: "check",
    Status.PACKED: "pack",
}


def step(
    changes: Changes,
    target: Status,
    at: datetime,
    *,
    staff: str,
    courier: str | None = None,
    needs_check: bool = True,
) -> None:
    """Take the order one step on; a step that was taken before changes nothing.

    Packing needs the second check of picked goods, unless the store asks for none. Raises
    `IllegalMoveError` and `OrderHeldError`.
    """
    if target in changes.order.steps:
        return
    demand_free(changes)
    conditions = () if needs_check else (Condition.UNCHECKED,)
    changes.allow(VERBS[target], *conditions)
    _put(changes, target, at, staff, courier=courier)


def audit(changes: Changes, verdict: str, at: datetime, *, staff: str, reason: str = "") -> None:
    """Pass an order to the printers, hold it, or send it back to be verified again.

    Raises `IllegalMoveError`, and `OrderHeldError` if it is held for something else.
    """
    order = changes.order
    if verdict == PASSED and Status.AUDITED in order.steps:
        return
    held_for = order.held_for
    if held_for is not None and held_for.kind != AUDIT:
        demand_free(changes)
    changes.allow("reject" if verdict == REJECTED else "audit")
    is_same_hold = order.hold is not None and verdict == HELD and order.hold.reason == reason
    if is_same_hold:
        return
    since, before = order.status_since, order.status
    order.hold = Hold(AUDIT, reason, at) if verdict == HELD else None
    if verdict == PASSED:
        order.steps[Status.AUDITED] = at
    elif verdict == REJECTED:
        del order.steps[Status.VERIFIED]
    changes.has_new_work = True
    changes.state(Stepped(at, Status.AUDITED, before, since, staff, verdict=verdict, reason=reason))
    if verdict == REJECTED and order.flag is not None:
        noting.take_flag(changes, at, staff=staff)  # it said that all is checked


def follow_up(changes: Changes, at: datetime, *, staff: str) -> None:
    """Note that the buyer was asked for receipt and review; once. Raises `IllegalMoveError`."""
    order = changes.order
    if order.followed_up_at is not None:
        return
    changes.allow("follow up")
    since, before = order.status_since, order.status
    order.followed_up_at = at
    changes.has_new_work = True
    changes.state(Stepped(at, Status.FOLLOWED_UP, before, since, staff))


def suspect(changes: Changes, at: datetime, *, staff: str, reason: str) -> None:
    """Hold an order for fraud before it leaves; once. Raises `IllegalMoveError`."""
    order = changes.order
    if order.hold is not None and order.hold.kind == FRAUD:
        return
    changes.allow("confirm fraud")  # held is what could end so
    order.hold = Hold(FRAUD, reason, at)
    changes.has_new_work = True
    changes.state(Suspected(at, staff, reason))


def trust(changes: Changes, at: datetime, *, staff: str) -> None:
    """Let an order go on that was held for fraud; raises `NotHeldError`."""
    hold = changes.order.hold
    if hold is None or hold.kind != FRAUD:
        raise NotHeldError("The order is not held for fraud.")
    changes.order.hold = None
    changes.has_new_work = True
    changes.state(Trusted(at, staff, hold.at))


def demand_free(changes: Changes, *, pointer: str | None = None) -> None:
    """Raise `OrderHeldError` if something holds the order."""
    hold = changes.order.held_for
    if hold is not None:
        detail = f"The order is held for {hold.kind}: {hold.reason or 'no reason given'}."
        raise OrderHeldError(detail, pointer=pointer, held_for=hold.kind)


def _put(
    changes: Changes, target: Status, at: datetime, staff: str, *, courier: str | None
) -> None:
    order = changes.order
    since, before = order.status_since, order.status
    order.steps[target] = at
    changes.has_new_work = True
    waived = order.carriage.waived_minor or 0
    changes.state(
        Stepped(at, target, before, since, staff, courier=courier, waived_before_minor=waived)
    )
