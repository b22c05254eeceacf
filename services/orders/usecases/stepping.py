"""The house's steps with what stores have set: each function gives the work on one order."""

from datetime import datetime

from services.orders.domain import ending, stepping
from services.orders.domain.changes import Changes
from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.schemas.new_order import Cancellation, Happened
from services.orders.schemas.steps import AuditBody, Reasoned, StepBody
from services.orders.usecases.noting import DEFAULT_COURIER
from services.orders.usecases.working import Work
from shared.registry.stores import Store

SECOND_CHECK = "orders.second_check"
VOID_UNTIL = "orders.void_until"


def take_step(target: Status, body: StepBody, now: datetime, *, staff: str) -> Work:
    """Take an order one step on; who names no courier means the one that holds."""

    def work(changes: Changes, store: Store) -> None:
        at = body.at or now
        courier = courier_of(body.courier, changes.order, store)
        stepping.step(
            changes,
            target,
            at,
            staff=staff,
            courier=courier,
            needs_check=store.settings[SECOND_CHECK] == "always",
        )

    return work


def courier_of(named: str | None, order: Order, store: Store) -> str | None:
    """Return who is to carry an order: as named, else as agreed before, else the store's own."""
    return named or order.courier or store.settings[DEFAULT_COURIER] or None


def audit(body: AuditBody, now: datetime, *, staff: str) -> Work:
    """Audit an order."""

    def work(changes: Changes, _: Store) -> None:
        at = body.at or now
        stepping.audit(changes, body.verdict, at, staff=staff, reason=body.reason)

    return work


def follow_up(body: Happened | None, now: datetime, *, staff: str) -> Work:
    """Note that the buyer was asked for receipt and review."""
    at = _time_of(body, now)
    return lambda changes, _: stepping.follow_up(changes, at, staff=staff)


def suspect(body: Reasoned, now: datetime, *, staff: str) -> Work:
    """Hold an order for fraud."""
    at = body.at or now
    return lambda changes, _: stepping.suspect(changes, at, staff=staff, reason=body.reason)


def trust(body: Happened | None, now: datetime, *, staff: str) -> Work:
    """Let an order go on that was held for fraud."""
    at = _time_of(body, now)
    return lambda changes, _: stepping.trust(changes, at, staff=staff)


def cancel(body: Cancellation | None, now: datetime) -> Work:
    """Cancel an order; the same time told again changes nothing."""
    at, reason = _time_of(body, now), body.reason if body else ""

    def work(changes: Changes, store: Store) -> None:
        if body is None or body.at is None or body.at != changes.order.cancelled_at:
            until = store.settings[VOID_UNTIL]
            ending.cancel(changes, at, reason=reason, void_until=until)

    return work


def confirm_fraud(body: Reasoned, now: datetime) -> Work:
    """End an order that is a fraud; the same end told again changes nothing."""
    return lambda changes, _: _end(changes, Status.FRAUD, body, now)


def intercept(body: Reasoned, now: datetime) -> Work:
    """Call an order back that is printed or under way."""
    return lambda changes, _: _end(changes, Status.INTERCEPTED, body, now)


def _end(changes: Changes, end: Status, body: Reasoned, now: datetime) -> None:
    if changes.order.status is end:
        return
    act = ending.intercept if end is Status.INTERCEPTED else ending.confirm_fraud
    act(changes, body.at or now, reason=body.reason)


def _time_of(body: Happened | None, now: datetime) -> datetime:
    return now if body is None or body.at is None else body.at
