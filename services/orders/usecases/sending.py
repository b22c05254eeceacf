"""Parcels of many orders leave at once: each told by itself, with its own outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.order import Order
from services.orders.domain.parcels import Parcel, choose
from services.orders.domain.reconciling import Outcome
from services.orders.domain.sending import (
    CourierMissingError,
    Sending,
    WaybillMissingError,
    WaybillTakenError,
    as_told_of,
    send,
    sent_before,
)
from services.orders.repository.parcels import note_parcels
from services.orders.repository.waybills import Owners, owners_of
from services.orders.usecases.shelf import lock_shelf
from services.orders.usecases.stepping import courier_of
from services.orders.usecases.working import Worked, Written, changing, store_work
from shared.kernel.refusals import Refusal
from shared.registry.stores import find_stores
from shared.web.callers import Caller

ACTION = "parcel.sent"


async def send_parcels(
    session: AsyncSession, sendings: Sequence[Sending], *, caller: Caller
) -> list[Worked]:
    """Send parcels; return what became of each, in their order.

    Several may be of one order. A parcel that orders share leaves for all of them; one that was
    printed with a waybill has it. What is refused leaves the others alone; a waybill that its order
    has already is `unchanged`. The number of statements does not grow with the number of parcels.
    """
    owners = await owners_of(session, {each.waybill for each in sendings if each.waybill})
    shelf = await lock_shelf(session, sorted({each.order_id for each in sendings}))
    stores = await find_stores(session, {each.order.store_id for each in shelf.stored.values()})
    desk = _Desk(Written(shelf.stored, stores, caller, ACTION), dict(shelf.parcels), owners)
    told = [desk.send(each) for each in sendings]
    await note_parcels(session, list(desk.left.values()))
    done = await store_work(session, list(desk.changes.values()), desk.written)
    return [_worked(each, tell, done) for each, tell in zip(sendings, told, strict=True)]


@dataclass(slots=True)
class _Desk:
    """Locked orders of which parcels are sent, and whose the waybills are."""

    written: Written
    parcels: dict[str, list[Parcel]]
    owners: Owners
    changes: dict[str, Changes] = field(default_factory=dict)
    left: dict[str, Parcel] = field(default_factory=dict)

    def send(self, sending: Sending) -> Refusal | Outcome:
        """Send a parcel; return what became of it, or why it may not be sent."""
        try:
            is_news = self._send(sending)
        except Refusal as refusal:
            return refusal
        return Outcome.UPDATED if is_news else Outcome.UNCHANGED

    def _send(self, sending: Sending) -> bool:
        order = self._changes_of(sending.order_id).order
        known = sent_before(order, sending)
        if known is not None:
            again = self._changes_of(sending.order_id)
            return send(again, sending, courier=known.courier, waybill=known.waybill)
        parcels = self.parcels.get(order.order_id, [])
        if sending.waybill is None and parcels and all(each.shipped_at for each in parcels):
            return False  # whatever was to leave has left
        parcel = choose(parcels, sending.waybill, sending.lines)
        waybill = sending.waybill or (parcel.waybill if parcel else None)
        if waybill is None:
            detail = "Name the waybill: none was given to the parcel at printing."
            raise WaybillMissingError(detail, pointer="/waybill")
        courier = self._courier_of(sending, order, parcel)
        parts = self._parts(sending, parcel)
        if self.owners[courier, waybill] - {part.order_id for part in parts}:
            detail = f"The waybill {waybill} is on a parcel of another order."
            raise WaybillTakenError(detail, pointer="/waybill")
        self._probe(parts, courier, waybill)
        for part in parts:
            send(self._changes_of(part.order_id), part, courier=courier, waybill=waybill)
            self.owners[courier, waybill].add(part.order_id)
        if parcel is not None:
            self._let_go(parcel, sending, courier, waybill)
        return True

    def _courier_of(self, sending: Sending, order: Order, parcel: Parcel | None) -> str:
        if sending.courier is not None:
            return sending.courier
        printed = parcel.courier if parcel else None
        found = printed or courier_of(None, order, self.written.stores[order.store_id])
        if found is None:
            detail = "Name the courier: neither the order nor its store has one."
            raise CourierMissingError(detail, pointer="/courier")
        return found

    def _parts(self, sending: Sending, parcel: Parcel | None) -> list[Sending]:
        """Return the parcel as each of its orders tells it; cancelled ones are left out."""
        if parcel is None or not parcel.is_planned:
            return [sending]
        orders = [self._changes_of(each).order for each in parcel.order_ids]
        ids = [order.order_id for order in orders if order.cancelled_at is None]
        ids = ids if sending.order_id in ids else [sending.order_id]  # it is refused below
        return [as_told_of(sending, each, parcel.lines_of(each)) for each in ids]

    def _probe(self, parts: Sequence[Sending], courier: str, waybill: str) -> None:
        """Raise what refuses any part, before any of them leaves."""
        for part in parts[:-1] and parts:
            order = self._changes_of(part.order_id).order.copy()
            send(Changes(order, is_new=False), part, courier=courier, waybill=waybill)

    def _let_go(self, parcel: Parcel, sending: Sending, courier: str, waybill: str) -> None:
        gone = replace(
            parcel,
            courier=courier,
            waybill=waybill,
            weight_grams=sending.weight_grams or parcel.weight_grams,
            shipped_at=sending.at,
        )
        self.left[parcel.parcel_id] = gone
        for order_id in parcel.order_ids:
            self.parcels[order_id] = [
                gone if each.parcel_id == parcel.parcel_id else each
                for each in self.parcels[order_id]
            ]

    def _changes_of(self, order_id: str) -> Changes:
        if order_id not in self.changes:
            found = self.written.stored.get(order_id)
            self.changes[order_id] = changing(order_id, found, self.written.caller)
        return self.changes[order_id]


def _worked(sending: Sending, told: Refusal | Outcome, done: dict[str, Worked]) -> Worked:
    if isinstance(told, Refusal):
        return Worked(refusal=told)
    return Worked(told, done[sending.order_id].event_id)
