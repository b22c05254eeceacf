"""Trouble with orders: problems, wrong shipments, suspicions of fraud."""

from services.reporting.projections.handling import handle, place_of, seconds_between
from services.reporting.projections.sums import Sums
from shared.contracts.orders_cases import (
    FraudCleared,
    FraudSuspected,
    ProblemClosed,
    ProblemOpened,
    ProblemOverdue,
    WrongShipmentRegistered,
)

_OPENED = place_of("problems_opened")
_OVERDUE = place_of("problems_overdue")
_CLOSED = place_of("problems_closed")
_IN_TIME = place_of("problems_closed_in_time")
_SECONDS = place_of("problem_seconds")
_WRONG = place_of("wrong_shipments")
_WRONG_MINOR = place_of("wrong_shipment_minor")
_HELD = place_of("fraud_holds")
_CLEARED = place_of("fraud_cleared")


def count_problem(sums: Sums, event: ProblemOpened) -> None:
    """Count an order that cannot go on."""
    handle(sums, event, (_OPENED, 1))


def count_overdue_problem(sums: Sums, event: ProblemOverdue) -> None:
    """Count a problem that was not solved within its limit."""
    handle(sums, event, (_OVERDUE, 1))


def count_solved_problem(sums: Sums, event: ProblemClosed) -> None:
    """Count a solved problem, how long it took, and whether that was within its limit."""
    seconds = seconds_between(event.opened_at, event.occurred_at)
    is_in_time = event.occurred_at <= event.due_at
    handle(sums, event, (_CLOSED, 1), (_IN_TIME, int(is_in_time)), (_SECONDS, seconds or 0))


def count_wrong_shipment(sums: Sums, event: WrongShipmentRegistered) -> None:
    """Count something wrong that was sent, and what it cost."""
    handle(sums, event, (_WRONG, 1), (_WRONG_MINOR, event.cost_minor))


def count_fraud_hold(sums: Sums, event: FraudSuspected) -> None:
    """Count an order held for fraud."""
    handle(sums, event, (_HELD, 1))


def count_cleared_hold(sums: Sums, event: FraudCleared) -> None:
    """Count a suspicion that was unfounded."""
    handle(sums, event, (_CLEARED, 1))
