"""Changes of one order that is stored: payments, parcels, refunds, its end."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.order import Order
from services.orders.domain.reconciling import Outcome
from services.orders.domain.refusals import OrderUnknownError
from services.orders.repository.receipts import last_events
from services.orders.repository.stored import StoredOrder, find_order
from services.orders.repository.writing import Write
from services.orders.usecases.storing import Statement, count_changes, store_changes
from shared.kernel.money import round_to_minor
from shared.registry.stores import Store, find_stores
from shared.web.callers import Caller

PAYMENT_TOLERANCE = "orders.payment_tolerance"


def payment_tolerance(store: Store) -> int:
    """Return by how much payments may miss what an order of a store costs, in minor units."""
    return round_to_minor(Decimal(store.settings[PAYMENT_TOLERANCE]), store.currency)


@dataclass(frozen=True, slots=True)
class Changed:
    """An order after a change, and the last event that tells of it."""

    outcome: Outcome
    stored: StoredOrder
    event_id: int


async def show_order(
    session: AsyncSession,
    order_id: str,
    caller: Caller,
    *,
    is_locked: bool = False,
    known: Order | None = None,
) -> StoredOrder:
    """Return an order that is the caller's to see, as `find_order`; raises `OrderUnknownError`."""
    stored = await find_order(session, order_id, is_locked=is_locked, known=known)
    if stored is None or not caller.may_see(stored.order.store_id):
        raise OrderUnknownError(f"There is no order {order_id} among your stores.")
    return stored


async def change_order(
    session: AsyncSession,
    order_id: str,
    act: Callable[[Changes], None],
    *,
    caller: Caller,
    action: str,
) -> Changed:
    """Lock an order, let `act` change it, and store what that makes of it.

    `act` that changes nothing (the same fact told again) leaves everything as it is. Raises
    `OrderUnknownError` and the refusals of `act`.
    """
    stored = await show_order(session, order_id, caller, is_locked=True)
    stores = await find_stores(session, [stored.order.store_id])
    store = stores[stored.order.store_id]
    changes = Changes(stored.order.copy(), is_new=False, tolerance_minor=payment_tolerance(store))
    act(changes)
    if changes.is_empty:
        events = await last_events(session, [order_id])
        return Changed(Outcome.UNCHANGED, stored, events[order_id])
    changes.order.version += 1
    statement = Statement(Write(changes), store, action, before=stored.order)
    events = await store_changes(session, [statement], caller=caller.name)
    count_changes(session, [statement])
    return Changed(Outcome.UPDATED, await show_order(session, order_id, caller), events[order_id])
