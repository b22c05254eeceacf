"""Documents of many orders: gathered in the order of work, counted and audited, never a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.documents import (
    PICKING_LIST,
    WAYBILL,
    Label,
    NothingToPrintError,
    Pick,
    Receiver,
    demand_printable,
    goods_of,
    picks_of,
)
from services.orders.domain.order import Order
from services.orders.domain.parcels import Parcel, by_order
from services.orders.domain.refusals import OrderUnknownError
from services.orders.repository.documents import count_copies, first_on, orders_in_place
from services.orders.repository.parcels import parcels_of
from services.orders.repository.stored import StoredOrder
from services.orders.schemas.documents import Wanted
from services.orders.schemas.parts import mask
from services.orders.usecases.searching import PII
from services.orders.usecases.stepping import courier_of
from shared.audit import Change, record_changes
from shared.crypto import PersonalData
from shared.registry.stores import Store, find_stores
from shared.web.callers import Caller


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who prints, and with what buyers' data is read."""

    caller: Caller
    personal: PersonalData
    now: datetime


@dataclass(frozen=True, slots=True)
class PickingList:
    """What is to be picked for which orders; the time is the first order's store's."""

    picks: Sequence[Pick]
    orders: Sequence[Order]
    printed_at: datetime


async def print_waybills(session: AsyncSession, wanted: Wanted, clerk: Clerk) -> list[Label]:
    """Return the labels of orders, each counted and audited; without pii:read they are masked.

    Raises `OrderUnknownError`, `NotPrintableError`, `NothingToPrintError`.
    """
    found = await _gathered(session, wanted, WAYBILL, clerk)
    parcels = by_order(await parcels_of(session, [each.order.order_id for each in found]))
    found += await _sharing(session, found, parcels)
    stores = await find_stores(session, {each.order.store_id for each in found})
    copies = await _count(session, [each.order for each in found], WAYBILL, clerk)
    desk = _Desk({each.order.order_id: each for each in found}, stores, copies, clerk)
    labels: dict[str, Label] = {}  # a parcel that orders share has one, where its first stands
    for order_id in desk.stored:
        for parcel_id, label in desk.labels_of(order_id, parcels.get(order_id, [])):
            labels.setdefault(parcel_id, label)
    return list(labels.values())


async def _sharing(
    session: AsyncSession, found: Sequence[StoredOrder], parcels: Mapping[str, list[Parcel]]
) -> list[StoredOrder]:
    """Return the orders that nobody asked for but that share a parcel with one."""
    asked = {each.order.order_id for each in found}
    return await orders_in_place(session, sorted(parcels.keys() - asked))


async def print_picking_list(session: AsyncSession, wanted: Wanted, clerk: Clerk) -> PickingList:
    """Return what is to be picked for orders; counted and audited.

    Raises `OrderUnknownError`, `NotPrintableError`, `NothingToPrintError`.
    """
    found = await _gathered(session, wanted, PICKING_LIST, clerk)
    orders = [each.order for each in found]
    await _count(session, orders, PICKING_LIST, clerk)
    stores = await find_stores(session, {order.store_id for order in orders[:1]})
    moments = [_local(clerk.now, store) for store in stores.values()]
    return PickingList(picks_of(orders), orders, *(moments or [clerk.now]))


def _local(moment: datetime, store: Store) -> datetime:
    return moment.astimezone(ZoneInfo(store.calendar.timezone))


async def _gathered(
    session: AsyncSession, wanted: Wanted, kind: str, clerk: Clerk
) -> list[StoredOrder]:
    caller = clerk.caller
    if wanted.worklist is not None:
        stores = caller.limit(wanted.stores)
        listed = await first_on(session, wanted.worklist, stores, most=wanted.first)
        if not listed:
            raise NothingToPrintError("The list is empty.", pointer="/worklist")
        return listed
    ids = wanted.order_ids or []
    found = await orders_in_place(session, ids)
    orders = {each.order.order_id: each.order for each in found}
    for place, order_id in enumerate(ids):
        order = orders.get(order_id)
        pointer = f"/order_ids/{place}"
        if order is None or not caller.may_see(order.store_id):
            detail = f"There is no order {order_id} among your stores."
            raise OrderUnknownError(detail, pointer=pointer)
        demand_printable(order, kind, pointer=pointer)
    return found


async def _count(
    session: AsyncSession, orders: Sequence[Order], kind: str, clerk: Clerk
) -> Mapping[str, int]:
    ids = [order.order_id for order in orders]
    copies = await count_copies(session, ids, kind, caller=clerk.caller.name)
    is_clear = clerk.caller.may(PII)
    shown = {"is_masked": not is_clear} if kind == WAYBILL else {}
    lines = [
        Change(
            f"{kind}.printed",
            order.order_id,
            order.store_id,
            None,
            {"copies": copies[order.order_id], **shown},
        )
        for order in orders
    ]
    await record_changes(session, caller=clerk.caller.name, changes=lines)
    return copies


@dataclass(frozen=True, slots=True)
class _Desk:
    """Orders whose labels are made."""

    stored: Mapping[str, StoredOrder]
    stores: Mapping[str, Store]
    copies: Mapping[str, int]
    clerk: Clerk

    def labels_of(self, order_id: str, parcels: Sequence[Parcel]) -> list[tuple[str, Label]]:
        """Return the labels of an order's parcels, by parcel; of its only one by the order."""
        planned = [parcel for parcel in parcels if parcel.is_planned]
        if planned:
            places = len(planned)
            return [
                (parcel.parcel_id, self._planned(order_id, parcel, place, places))
                for place, parcel in enumerate(planned, start=1)
            ]
        label = self._label(order_id)
        for parcel in parcels:
            label = replace(label, waybill=parcel.waybill or "", courier=parcel.courier or "")
        return [(order_id, label)]

    def _planned(self, order_id: str, parcel: Parcel, place: int, places: int) -> Label:
        orders = [self.stored[each].order for each in parcel.order_ids]
        going = sorted(
            (order for order in orders if order.cancelled_at is None),
            key=lambda order: (order.placed_at, order.order_id),
        )
        goods = [
            item
            for order in going
            for item in goods_of(
                order, {line.line_no: line.quantity for line in parcel.lines_of(order.order_id)}
            )
        ]
        label = self._label(order_id)
        return replace(
            label,
            numbers=tuple(order.external_id for order in going) or label.numbers,
            courier=parcel.courier or label.courier,
            waybill=parcel.waybill or "",
            goods=tuple(goods),
            is_urgent=any(order.urgent_at is not None for order in going),
            place=place,
            places=places,
        )

    def _label(self, order_id: str) -> Label:
        stored = self.stored[order_id]
        order, store = stored.order, self.stores[stored.order.store_id]
        sent = order.shipments[-1] if order.shipments else None
        everything = {line.line_no: line.quantity for line in order.lines}
        return Label(
            store=store.name,
            numbers=(order.external_id,),
            courier=sent.courier if sent else courier_of(None, order, store) or "",
            waybill=sent.waybill if sent else "",
            receiver=_receiver(stored, self.clerk),
            goods=goods_of(order, order.remaining() or everything),
            is_urgent=order.urgent_at is not None,
            printed_at=_local(self.clerk.now, store),
            copy=self.copies[order_id],
        )


def _receiver(stored: StoredOrder, clerk: Clerk) -> Receiver:
    is_clear = clerk.caller.may(PII)
    shown = {}
    for name in ("name", "phone", "address"):
        sealed: bytes | None = getattr(stored.sealed, name)
        text = "" if sealed is None else clerk.personal.open(sealed)
        shown[name] = text if is_clear or not text else mask(name, text)
    buyer = stored.order.buyer
    region = "".join(
        part for part in (buyer.province, buyer.city) if part and part not in shown["address"]
    )
    address = f"{region} {shown['address']}".strip()
    return Receiver(shown["name"], shown["phone"], address, is_masked=not is_clear)
