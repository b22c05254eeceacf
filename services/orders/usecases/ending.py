"""What ends with an order that is cancelled: its open problems."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.messages.problems import closed
from services.orders.repository.problems import close_ended
from shared.audit import Author, Change, record_changes
from shared.contracts.envelope import Event
from shared.observability.trace import current_trace
from shared.registry.stores import Store


class Ended(NamedTuple):
    """An order that was cancelled while a problem of it was open, its store, and who did it."""

    order: Order
    store: Store
    caller: str


def is_ended(before: Order | None, after: Order) -> bool:
    """Say whether a change cancelled an order that had an open problem."""
    return before is not None and before.problem is not None and after.cancelled_at is not None


async def close_problems(
    session: AsyncSession, ended: Sequence[Ended]
) -> Mapping[str, Sequence[Event]]:
    """Close the problems of orders that were cancelled; return by order what is to be stated."""
    told: dict[str, list[Event]] = defaultdict(list)
    if not ended:
        return told
    by_order = {each.order.order_id: each for each in ended}
    problems = await close_ended(
        session,
        [
            (order.order_id, order.cancelled_at or order.placed_at, caller)
            for order, _, caller in ended
        ],
    )
    lines = []
    for problem in problems:
        order, store, caller = by_order[problem.order_id]
        told[problem.order_id].append(closed(order, problem, store))
        after = {"order_id": problem.order_id, "outcome": problem.outcome}
        author = Author(caller, current_trace.get())
        lines.append(
            Change("problem.closed", problem.problem_id, store.store_id, {}, after, author)
        )
    await record_changes(session, caller="", changes=lines)
    return told
