"""Problem orders: opened, handed over, closed, and told of when they are late."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import problems
from services.orders.domain.problems import Problem
from services.orders.messages import problems as messages
from services.orders.repository.problems import PROBLEMS, take_overdue
from services.orders.schemas.problems import NewProblem, ProblemClosure
from services.orders.usecases.casework import Docket, Done, open_case
from shared.kernel.ids import new_id
from shared.log.writer import state
from shared.registry.stores import find_stores
from shared.web.callers import Caller

MOST = 500
"""Problems that one transaction tells of; the rest follow at once."""


async def open_problem(
    session: AsyncSession, order_id: str, body: NewProblem, now: datetime, *, caller: Caller
) -> Done[Problem]:
    """Open a problem of an order, which is held from now on.

    Raises `OrderUnknownError` and the refusals of the domain.
    """
    docket = await Docket.open(session, order_id, caller)
    problem = Problem(
        problem_id=new_id("prb"),
        order_id=order_id,
        store_id=docket.store.store_id,
        kind=body.kind,
        reason=body.reason,
        line_nos=tuple(body.lines),
        owner_staff=body.owner_staff or caller.name,
        opened_at=max(body.at or now, docket.stored.order.placed_at),
        opened_by=caller.name,
    )
    others = await PROBLEMS.of_order(session, order_id)
    problems.open_problem(docket.changes, problem, others)
    told = messages.opened(docket.changes.order, problem, docket.store)
    return await docket.put(PROBLEMS, None, problem, action="problem.opened", events=[told])


async def hand_over(
    session: AsyncSession, problem_id: str, owner_staff: str, *, caller: Caller
) -> Done[Problem]:
    """Give a problem to another owner; raises `CaseUnknownError`, `IllegalMoveError`."""
    docket, before = await open_case(session, PROBLEMS, problem_id, caller)
    after = problems.hand_over(before, owner_staff)
    return await docket.put(PROBLEMS, before, after, action="problem.handed_over", events=[])


async def close_problem(
    session: AsyncSession, problem_id: str, body: ProblemClosure, now: datetime, *, caller: Caller
) -> Done[Problem]:
    """Close a problem; the order goes on when it was the last. Raises as `open_case`.

    Raises `IllegalMoveError` too.
    """
    docket, before = await open_case(session, PROBLEMS, problem_id, caller)
    order = docket.changes.order
    after = problems.close_problem(
        order,
        before,
        body.outcome,
        max(body.at or now, before.opened_at),
        by=caller.name,
        note=body.note,
    )
    if after != before:
        others = await PROBLEMS.of_order(session, docket.order_id)
        rest = [each for each in others if each.problem_id != problem_id]
        problems.hold_for(docket.changes, rest)
    told = messages.closed(order, after, docket.store)
    return await docket.put(PROBLEMS, before, after, action="problem.closed", events=[told])


async def state_overdue(session: AsyncSession) -> int:
    """State the problems that came to be late, each once; return of how many, at most 500."""
    late, orders = await take_overdue(session, most=MOST)
    stores = await find_stores(session, {problem.store_id for problem in late})
    await state(
        session,
        *(
            messages.overdue(orders[problem.order_id], problem, stores[problem.store_id])
            for problem in late
        ),
    )
    return len(late)
