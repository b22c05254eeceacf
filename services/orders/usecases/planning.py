"""Parcels planned before printing: shared by orders, or several of one, and undone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.domain.parcels import (
    AlreadyPlannedError,
    Content,
    Parcel,
    ParcelsPrintedError,
    divide,
    join,
)
from services.orders.domain.parts import ShippedLine
from services.orders.domain.refusals import OrderUnknownError
from services.orders.messages.parcels import parcels_planned
from services.orders.repository.parcels import delete_parcels, insert_parcels
from services.orders.repository.writing import insert_receipts
from services.orders.usecases.shelf import Shelf, lock_shelf
from shared.audit import Change, record_changes
from shared.kernel.ids import new_id
from shared.log.writer import state
from shared.registry.stores import find_stores
from shared.web.callers import Caller

Plan = Callable[[Sequence[Order]], Sequence[tuple[Content, ...]]]


async def merge_orders(
    session: AsyncSession, order_ids: Sequence[str], now: datetime, *, caller: Caller
) -> list[Parcel]:
    """Plan one parcel for several orders (合单); the same plan again changes nothing.

    Raises `OrderUnknownError`, `AlreadyPlannedError` and what `parcels.join` raises.
    """
    return await _plan(session, order_ids, now, caller=caller, plan=lambda all_: [join(all_)])


async def split_order(
    session: AsyncSession,
    order_id: str,
    parts: Sequence[Sequence[ShippedLine]],
    now: datetime,
    *,
    caller: Caller,
) -> list[Parcel]:
    """Plan several parcels for one order (拆单); the same plan again changes nothing.

    Raises `OrderUnknownError`, `AlreadyPlannedError` and what `parcels.divide` raises.
    """

    def plan(orders: Sequence[Order]) -> Sequence[tuple[Content, ...]]:
        return divide(orders[0], parts)

    return await _plan(session, [order_id], now, caller=caller, plan=plan)


async def undo_plan(session: AsyncSession, order_id: str, now: datetime, *, caller: Caller) -> None:
    """Undo an order's plan, and with it that of all who share a parcel; without one do nothing.

    Raises `OrderUnknownError`, `ParcelsPrintedError`.
    """
    shelf = await lock_shelf(session, [order_id])
    _demand_seen(shelf, [order_id], caller)
    parcels = shelf.parcels.get(order_id, [])
    if not parcels:
        return
    orders = [shelf.stored[each].order for each in _ids_of(parcels)]
    going = [order for order in orders if order.cancelled_at is None]
    has_left = any(parcel.shipped_at is not None for parcel in parcels)
    if has_left or (going and all(Status.PRINTED in order.steps for order in going)):
        raise ParcelsPrintedError("The parcels are printed.")
    await delete_parcels(session, [parcel.parcel_id for parcel in parcels])
    await _tell(session, orders, (), now, caller=caller, before=parcels)


async def _plan(
    session: AsyncSession,
    order_ids: Sequence[str],
    now: datetime,
    *,
    caller: Caller,
    plan: Plan,
) -> list[Parcel]:
    shelf = await lock_shelf(session, order_ids)
    _demand_seen(shelf, order_ids, caller)
    orders = [shelf.stored[order_id].order for order_id in order_ids]
    known = {
        parcel.parcel_id: parcel for each in order_ids for parcel in shelf.parcels.get(each, [])
    }
    contents = plan(orders)
    if known:
        if sorted(parcel.contents for parcel in known.values()) != sorted(contents):
            raise AlreadyPlannedError("Parcels of these orders are planned otherwise.")
        return list(known.values())
    first = new_id("pcl")
    parcels = [
        Parcel(f"{first}_{place:02}", orders[0].store_id, each)  # they stand by their ids
        for place, each in enumerate(contents, start=1)
    ]
    await insert_parcels(session, parcels)
    await _tell(session, orders, parcels, now, caller=caller, before=())
    return parcels


async def _tell(
    session: AsyncSession,
    orders: Sequence[Order],
    parcels: Sequence[Parcel],
    now: datetime,
    *,
    caller: Caller,
    before: Sequence[Parcel],
) -> None:
    stores = await find_stores(session, {order.store_id for order in orders})
    events = [
        parcels_planned(order, parcels, stores[order.store_id].calendar, now) for order in orders
    ]
    ids = await state(session, *events)
    told = [order.order_id for order in orders]
    await insert_receipts(session, list(zip(told, ids, strict=True)))
    action = "parcels.planned" if parcels else "parcels.undone"
    lines = [
        Change(action, order.order_id, order.store_id, _shown(before), _shown(parcels))
        for order in orders
    ]
    await record_changes(session, caller=caller.name, changes=lines)


def _demand_seen(shelf: Shelf, order_ids: Sequence[str], caller: Caller) -> None:
    for order_id in order_ids:
        found = shelf.stored.get(order_id)
        if found is None or not caller.may_see(found.order.store_id):
            raise OrderUnknownError(f"There is no order {order_id} among your stores.")


def _ids_of(parcels: Sequence[Parcel]) -> list[str]:
    return list(dict.fromkeys(each for parcel in parcels for each in parcel.order_ids))


def _shown(parcels: Sequence[Parcel]) -> Mapping[str, list[str]] | None:
    return {parcel.parcel_id: parcel.order_ids for parcel in parcels} or None
