"""Steps of the house on many orders at once: each of them by its own, with its own outcome."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.order import Order
from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import OrderUnknownError
from services.orders.repository.receipts import last_events
from services.orders.repository.stored import Sealed, StoredOrder, lock_by_ids
from services.orders.repository.writing import NOTHING_SEALED, Write
from services.orders.usecases.storing import Statement, count_changes, store_changes
from shared.kernel.refusals import Refusal
from shared.registry.stores import Store, find_stores
from shared.web.callers import Caller

Work = Callable[[Changes, Store], Sealed | None]
"""Changes one order as its store has set it, or refuses; returns what is new and sealed."""

Preparation = Callable[[AsyncSession, Sequence[Order]], Awaitable[None]]
"""Reads what work on these locked orders needs to know beside them, once for all."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What became of an order: an outcome with its last event, or why not."""

    outcome: Outcome | None = None
    event_id: int | None = None
    refusal: Refusal | None = None


async def work_on(
    session: AsyncSession,
    work: Mapping[str, Work],
    *,
    caller: Caller,
    action: str,
    prepare: Preparation | None = None,
) -> dict[str, Worked]:
    """Lock orders, let their work change them, and store what that makes of them.

    Work that changes nothing leaves its order as it is; what is refused leaves the others alone.
    The number of statements does not grow with the number of orders.
    """
    stored = await lock_by_ids(session, list(work))
    stores = await find_stores(session, {each.order.store_id for each in stored.values()})
    if prepare is not None:
        await prepare(session, [each.order for each in stored.values()])
    worked: dict[str, Worked] = {}
    statements: list[Statement] = []
    for order_id, act in work.items():
        found = stored.get(order_id)
        try:
            changes, sealed = _changed(order_id, found, act, caller, stores)
        except Refusal as refusal:
            worked[order_id] = Worked(refusal=refusal)
            continue
        if found is not None and not changes.is_empty:
            changes.order.version += 1
            store = stores[changes.order.store_id]
            statements.append(Statement(Write(changes, sealed), store, action, before=found.order))
    events = await store_changes(session, statements, caller=caller.name)
    count_changes(session, statements)
    changed = {statement.write.changes.order.order_id for statement in statements}
    others = [order_id for order_id in work if order_id not in worked and order_id not in events]
    events |= await last_events(session, others)  # of those of which no new event tells
    outcomes = {True: Outcome.UPDATED, False: Outcome.UNCHANGED}
    return worked | {
        order_id: Worked(outcomes[order_id in changed], events.get(order_id))
        for order_id in work
        if order_id not in worked
    }


def _changed(
    order_id: str,
    found: StoredOrder | None,
    act: Work,
    caller: Caller,
    stores: Mapping[str, Store],
) -> tuple[Changes, Sealed]:
    if found is None or not caller.may_see(found.order.store_id):
        raise OrderUnknownError(f"There is no order {order_id} among your stores.")
    changes = Changes(found.order.copy(), is_new=False)
    sealed = act(changes, stores[found.order.store_id])
    return changes, sealed or NOTHING_SEALED
