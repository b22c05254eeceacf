"""Problem orders (问题订单)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.problems import Problem, ProblemStatus
from services.orders.messages.problems import due_of
from services.orders.repository.problems import PROBLEMS
from services.orders.routes.casework import AtDesk, CaseDesk, CaseQuery, page_of
from services.orders.schemas.new_order import Word
from services.orders.schemas.problems import (
    HandOver,
    NewProblem,
    ProblemAnswer,
    ProblemClosure,
    ProblemKind,
    ProblemView,
    problem_view,
)
from services.orders.usecases import problems
from services.orders.usecases.casework import Done, show_case
from services.orders.usecases.changing import show_order
from shared.kernel.clock import utc_now
from shared.registry.stores import find_stores
from shared.web.callers import Caller, require
from shared.web.pages import Page, Position
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["problem orders"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Agent = Annotated[Caller, Security(require("orders:amend"))]


class ProblemQuery(CaseQuery):
    """Which problems are asked for."""

    status: ProblemStatus | None = None
    kind: ProblemKind | None = None
    owner_staff: Word | None = None


@router.post("/v1/orders/{order_id}/problems", status_code=201)
async def open_problem(
    order_id: str, body: NewProblem, desk: AtDesk, session: SessionDep, caller: Agent
) -> ProblemAnswer:
    """Open a problem: nothing of the order goes on until its last problem is closed."""
    desk.demand_key()
    with desk:
        done = await problems.open_problem(session, order_id, body, utc_now(), caller=caller)
    return _answer(desk, done)


@router.post("/v1/problems/{problem_id}/handover")
async def hand_problem_over(
    problem_id: str, body: HandOver, desk: AtDesk, session: SessionDep, caller: Agent
) -> ProblemAnswer:
    """Give a problem to another owner."""
    with desk:
        done = await problems.hand_over(session, problem_id, body.owner_staff, caller=caller)
    return _answer(desk, done)


@router.post("/v1/problems/{problem_id}/closure")
async def close_problem(
    problem_id: str, body: ProblemClosure, desk: AtDesk, session: SessionDep, caller: Agent
) -> ProblemAnswer:
    """Close a problem with its outcome."""
    with desk:
        done = await problems.close_problem(session, problem_id, body, utc_now(), caller=caller)
    return _answer(desk, done)


@router.get("/v1/problems")
async def list_problems(
    query: Annotated[ProblemQuery, Query()], session: SessionDep, caller: Reader
) -> Page[ProblemView]:
    """List problems in the order they were opened."""
    wanted = query.filter(
        caller, status=query.status, kind=query.kind, owner_staff=query.owner_staff
    )
    page, cursor = await page_of(
        session, PROBLEMS, wanted, query, lambda each: Position(each.opened_at, each.problem_id)
    )
    return Page(items=await _views(session, page), next_cursor=cursor)


@router.get("/v1/problems/{problem_id}")
async def get_problem(problem_id: str, session: SessionDep, caller: Reader) -> ProblemView:
    """Show one problem."""
    [view] = await _views(session, [await show_case(session, PROBLEMS, problem_id, caller)])
    return view


@router.get("/v1/orders/{order_id}/problems")
async def list_problems_of_order(
    order_id: str, session: SessionDep, caller: Reader
) -> list[ProblemView]:
    """List the problems of an order."""
    await show_order(session, order_id, caller)
    return await _views(session, await PROBLEMS.of_order(session, order_id))


def _answer(desk: CaseDesk, done: Done[Problem]) -> ProblemAnswer:
    view = problem_view(done.case, due_of(done.case, done.store), utc_now())
    return ProblemAnswer(problem=view, outcome=done.outcome, receipt=desk.receipt(done))


async def _views(session: AsyncSession, found: Sequence[Problem]) -> list[ProblemView]:
    stores = await find_stores(session, {problem.store_id for problem in found})
    now = utc_now()
    return [problem_view(each, due_of(each, stores[each.store_id]), now) for each in found]
