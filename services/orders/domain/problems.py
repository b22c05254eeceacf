"""Problem orders (问题订单): opened with an owner, handed over, closed; while open they hold."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.orders.domain.cases import CaseMove, demand_move
from services.orders.domain.changes import Changes
from services.orders.domain.order import Order
from services.orders.domain.parts import Hold, Line
from services.orders.domain.refusals import (
    DuplicateLineError,
    IllegalMoveError,
    LineUnknownError,
)

PROBLEM = "problem"
"""What an order is held for while a problem of it is open."""

CANCELLED = "cancelled"
"""The outcome of a problem whose order was cancelled."""


class ProblemStatus(StrEnum):
    """How far a problem has come."""

    OPEN = "open"
    CLOSED = "closed"


PROBLEM_MOVES = (
    CaseMove("hand over", ProblemStatus.OPEN, ProblemStatus.OPEN, "orders:amend"),
    CaseMove("close", ProblemStatus.OPEN, ProblemStatus.CLOSED, "orders:amend"),
)
"""Every legal move of a problem."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an order cannot go on as it is; `line_nos` are the lines concerned, none means all."""

    problem_id: str
    order_id: str
    store_id: str
    kind: str
    reason: str
    line_nos: tuple[int, ...]
    owner_staff: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None = None
    closed_by: str | None = None
    outcome: str | None = None
    closing_note: str = ""

    @property
    def status(self) -> ProblemStatus:
        """How far it has come."""
        return ProblemStatus.OPEN if self.closed_at is None else ProblemStatus.CLOSED


def open_problem(changes: Changes, problem: Problem, others: Iterable[Problem]) -> None:
    """Hold the order for a problem, beside the `others` of it.

    Raises `IllegalMoveError` for an order that was cancelled, `LineUnknownError`,
    `DuplicateLineError`.
    """
    order = changes.order
    if order.cancelled_at is not None:
        detail = f"An order that is {order.status} has no problem any more."
        raise IllegalMoveError(detail, status_now=order.status)
    for place, line_no in enumerate(problem.line_nos):
        pointer = f"/lines/{place}"
        if order.line(line_no) is None:
            raise LineUnknownError(f"The order has no line {line_no}.", pointer=pointer)
        if line_no in problem.line_nos[:place]:
            raise DuplicateLineError(f"Line {line_no} is named twice.", pointer=pointer)
    hold_for(changes, [*others, problem])


def hand_over(problem: Problem, owner_staff: str) -> Problem:
    """Give a problem to another owner; to the same one it changes nothing.

    Raises `IllegalMoveError`.
    """
    demand_move(PROBLEM_MOVES, "hand over", problem.status, noun="A problem")
    return replace(problem, owner_staff=owner_staff)


def close_problem(
    order: Order, problem: Problem, outcome: str, at: datetime, *, by: str, note: str = ""
) -> Problem:
    """Close a problem; closed with the same outcome it stays as it is.

    An order that is cancelled closes its problems by itself, so `cancelled` is an outcome only
    there. Raises `IllegalMoveError`.
    """
    if problem.outcome == outcome:
        return problem
    demand_move(PROBLEM_MOVES, "close", problem.status, noun="A problem")
    if outcome == CANCELLED and order.cancelled_at is None:
        detail = "The order is not cancelled; cancel it, and its problems are closed with it."
        raise IllegalMoveError(detail, pointer="/outcome", status_now=order.status)
    return replace(problem, closed_at=at, closed_by=by, outcome=outcome, closing_note=note)


def hold_for(changes: Changes, problems: Iterable[Problem]) -> None:
    """Hold the order for the oldest of its open problems; without one it is held no more."""
    still = [problem for problem in problems if problem.status is ProblemStatus.OPEN]
    oldest = min(still, key=lambda problem: (problem.opened_at, problem.problem_id), default=None)
    hold = None if oldest is None else Hold(PROBLEM, oldest.reason, oldest.opened_at)
    if hold != changes.order.problem:
        changes.order.problem = hold
        changes.has_new_work = True


def lines_concerned(order: Order, problem: Problem) -> list[Line]:
    """Return the lines that a problem is about."""
    wanted = problem.line_nos
    return [line for line in order.lines if not wanted or line.line_no in wanted]
