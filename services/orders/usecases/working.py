"""Steps of the house on many orders at once: each of them by its own, with its own outcome."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

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
    changed: list[Changes] = []
    sealed: dict[str, Sealed] = {}
    for order_id, act in work.items():
        found = stored.get(order_id)
        try:
            changes = changing(order_id, found, caller)
            new = act(changes, stores[changes.order.store_id])
        except Refusal as refusal:
            worked[order_id] = Worked(refusal=refusal)
        else:
            changed.append(changes)
            sealed[order_id] = new or NOTHING_SEALED
    written = Written(stored, stores, caller, action)
    return worked | await store_work(session, changed, written, sealed)


@dataclass(frozen=True, slots=True)
class Written:
    """Of what and for whom work is stored: the orders as they were locked, and their stores."""

    stored: Mapping[str, StoredOrder]
    stores: Mapping[str, Store]
    caller: Caller
    action: str


async def store_work(
    session: AsyncSession,
    changed: Sequence[Changes],
    written: Written,
    sealed: Mapping[str, Sealed] = MappingProxyType({}),
) -> dict[str, Worked]:
    """Store what work made of locked orders; return by order what became of it.

    `sealed` has by order what is new and sealed.
    """
    statements = []
    for changes in changed:
        if changes.is_empty:
            continue
        order = changes.order
        order.version += 1
        statements.append(
            Statement(
                Write(changes, sealed.get(order.order_id, NOTHING_SEALED)),
                written.stores[order.store_id],
                written.action,
                before=written.stored[order.order_id].order,
            )
        )
    events = await store_changes(session, statements, caller=written.caller.name)
    count_changes(session, statements)
    news = {statement.write.changes.order.order_id for statement in statements}
    ids = [changes.order.order_id for changes in changed]
    # of those of which no new event tells
    events |= await last_events(session, [each for each in ids if each not in events])
    return {
        order_id: Worked(
            Outcome.UPDATED if order_id in news else Outcome.UNCHANGED, events.get(order_id)
        )
        for order_id in ids
    }


def changing(order_id: str, found: StoredOrder | None, caller: Caller) -> Changes:
    """Return an order of the caller's to be changed; raises `OrderUnknownError`."""
    if found is None or not caller.may_see(found.order.store_id):
        raise OrderUnknownError(f"There is no order {order_id} among your stores.")
    return Changes(found.order.copy(), is_new=False)
