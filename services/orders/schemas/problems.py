"""Problem orders as they are told and shown."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.orders.domain.problems import Problem
from services.orders.schemas.new_order import Happened, OrderBody, Prose, Word
from services.orders.schemas.parts import Moment
from services.orders.schemas.steps import Reason

ProblemKind = Literal[
    "out_of_stock", "address", "courier", "price", "wrong_shipment", "fraud", "custom", "other"
]
LineNo = Annotated[int, Field(ge=1, le=1_000_000)]


class NewProblem(Happened):
    """A problem (问题订单) of the `lines` named, of all without; who opens it owns it."""

    kind: ProblemKind
    reason: Reason
    lines: Annotated[list[LineNo], Field(max_length=500)] = Field(default_factory=list)
    owner_staff: Word | None = None


class HandOver(OrderBody):
    """Who is to solve it from now on."""

    owner_staff: Word


class ProblemClosure(Happened):
    """How it ended; an order that is cancelled closes its problems by itself."""

    outcome: Literal["solved", "changed", "refunded", "unfounded", "cancelled"]
    note: Prose = ""


class ProblemView(BaseModel):
    """A problem; `due_at` follows from the store's setting."""

    problem_id: str
    order_id: str
    store_id: str
    status: str
    kind: str
    reason: str
    lines: list[int]
    owner_staff: str
    opened_at: Moment
    opened_by: str
    due_at: Moment
    is_overdue: bool
    closed_at: Moment | None
    closed_by: str | None
    outcome: str | None
    closing_note: str


class ProblemAnswer(BaseModel):
    """A problem after a request, what the request did, and a receipt."""

    problem: ProblemView
    outcome: str
    receipt: str


def problem_view(problem: Problem, due_at: datetime, now: datetime) -> ProblemView:
    """Return a problem as it is shown; one that was closed is late if it was closed late."""
    return ProblemView(
        problem_id=problem.problem_id,
        order_id=problem.order_id,
        store_id=problem.store_id,
        status=problem.status,
        kind=problem.kind,
        reason=problem.reason,
        lines=list(problem.line_nos),
        owner_staff=problem.owner_staff,
        opened_at=problem.opened_at,
        opened_by=problem.opened_by,
        due_at=due_at,
        is_overdue=(problem.closed_at or now) >= due_at,
        closed_at=problem.closed_at,
        closed_by=problem.closed_by,
        outcome=problem.outcome,
        closing_note=problem.closing_note,
    )
