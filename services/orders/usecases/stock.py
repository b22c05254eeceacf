"""Orders hear whether their goods are set aside; one without stock is held as a problem."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import problems
from services.orders.domain.problems import Problem, ProblemStatus
from services.orders.messages import problems as messages
from services.orders.repository.problems import PROBLEMS
from services.orders.repository.stock import StockState, orders_held_by, put_stock_states
from services.orders.usecases.casework import Docket
from services.orders.usecases.inspecting import INVENTORY
from shared.contracts.inventory_reservations import (
    ReservationEvent,
    StockRejected,
    StockReleased,
    StockReserved,
)
from shared.kernel.ids import new_id

OUT_OF_STOCK = "out_of_stock"
SOLVED = "solved"


async def hear_stock(session: AsyncSession, told: Sequence[ReservationEvent]) -> None:
    """Note what inventory says of orders, and hold those without stock until they have it.

    Told again it changes nothing. What is set aside for a checkout is no order's yet. The number of
    statements grows with the orders that fall short only.
    """
    heard = [each for each in told if each.order_id is not None]
    states = {each.order_id: _state_of(each) for each in heard if each.case_id is None}
    await put_stock_states(session, [state for state in states.values() if state is not None])
    held = await orders_held_by(session, [each.order_id or "" for each in heard], INVENTORY.name)
    for each in heard:
        order_id = each.order_id or ""
        if isinstance(each, StockRejected) and order_id not in held:
            held |= await _hold(session, order_id, each)
        elif isinstance(each, StockReserved) and order_id in held:
            await _let_go(session, order_id, each)
            held.discard(order_id)


def _state_of(told: ReservationEvent) -> StockState | None:
    order_id = told.order_id or ""
    if isinstance(told, StockReserved):
        return StockState(order_id, "reserved", "", (), told.expires_at, told.occurred_at)
    if isinstance(told, StockRejected):
        short: list[dict[str, object]] = [
            {
                "line_no": line.line_no,
                "sku": line.sku,
                "wanted": line.wanted,
                "available": line.available,
            }
            for line in told.lines
        ]
        return StockState(order_id, "rejected", told.reason, short, None, told.occurred_at)
    if isinstance(told, StockReleased) and told.is_whole:
        return StockState(order_id, "released", told.reason, (), None, told.occurred_at)
    return None


async def _hold(session: AsyncSession, order_id: str, told: StockRejected) -> set[str]:
    """Hold an order as a problem (缺货); one that was called off or left is none."""
    docket = await Docket.open(session, order_id, INVENTORY)
    order = docket.changes.order
    if order.cancelled_at is not None or order.shipped_at is not None:
        return set()
    numbers = {line.line_no for line in told.lines}
    problem = Problem(
        problem_id=new_id("prb"),
        order_id=order_id,
        store_id=docket.store.store_id,
        kind=OUT_OF_STOCK,
        reason=_reason(told),
        line_nos=tuple(line.line_no for line in order.lines if line.line_no in numbers),
        owner_staff=order.agent or INVENTORY.name,
        opened_at=max(told.occurred_at, order.placed_at),
        opened_by=INVENTORY.name,
    )
    others = await PROBLEMS.of_order(session, order_id)
    problems.open_problem(docket.changes, problem, others)
    event = messages.opened(order, problem, docket.store)
    await docket.put(PROBLEMS, None, problem, action="problem.opened", events=[event])
    return {order_id}


async def _let_go(session: AsyncSession, order_id: str, told: StockReserved) -> None:
    """Close the problem: the goods are there by now."""
    docket = await Docket.open(session, order_id, INVENTORY)
    order = docket.changes.order
    found = await PROBLEMS.of_order(session, order_id)
    for before in found:
        if before.status is ProblemStatus.CLOSED or before.opened_by != INVENTORY.name:
            continue
        at = max(told.occurred_at, before.opened_at)
        after = problems.close_problem(order, before, SOLVED, at, by=INVENTORY.name)
        rest = [each for each in found if each.problem_id != before.problem_id]
        problems.hold_for(docket.changes, rest)
        event = messages.closed(order, after, docket.store)
        await docket.put(PROBLEMS, before, after, action="problem.closed", events=[event])


def _reason(told: StockRejected) -> str:
    parts = (f"{line.sku} 要{line.wanted}件可用{line.available}件" for line in told.lines)
    return "缺货:" + ";".join(parts)
