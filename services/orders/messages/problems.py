"""Problem orders as events."""

from datetime import datetime, timedelta

from services.orders.domain.order import Order
from services.orders.domain.problems import Problem, lines_concerned
from services.orders.messages.repeated import Common, common_of, lines_of
from shared.contracts.orders_cases import ProblemClosed, ProblemOpened, ProblemOverdue
from shared.registry.stores import Store


def due_of(problem: Problem, store: Store) -> datetime:
    """Return when a problem is to be closed at the latest (O-R5)."""
    return problem.opened_at + timedelta(hours=store.settings["orders.problem_close_hours"])


def opened(order: Order, problem: Problem, store: Store) -> ProblemOpened:
    """Return the event of a problem that was opened."""
    return ProblemOpened(
        **_told(order, problem, store),
        occurred_at=problem.opened_at,
        lines=lines_of(lines_concerned(order, problem)),
        reason=problem.reason,
    )


def overdue(order: Order, problem: Problem, store: Store) -> ProblemOverdue:
    """Return the event of a problem that is late, dated when it came to be."""
    return ProblemOverdue(**_told(order, problem, store), occurred_at=due_of(problem, store))


def closed(order: Order, problem: Problem, store: Store) -> ProblemClosed:
    """Return the event of a problem that was closed."""
    return ProblemClosed(
        **_told(order, problem, store),
        occurred_at=problem.closed_at or problem.opened_at,
        outcome=problem.outcome or "",
    )


def _told(order: Order, problem: Problem, store: Store) -> Common:
    return {
        **common_of(order, store.calendar),
        "problem_id": problem.problem_id,
        "kind": problem.kind,
        "opened_at": problem.opened_at,
        "due_at": due_of(problem, store),
        "owner_staff": problem.owner_staff,
    }
