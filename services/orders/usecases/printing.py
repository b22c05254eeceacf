"""Printing orders: parcel by parcel, with the numbers that electronic waybills get then."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.domain.parcels import Parcel, by_order, demand_alike, whole
from services.orders.domain.printing import (
    WaybillAmbiguousError,
    WaybillsExhaustedError,
    print_order,
)
from services.orders.domain.sending import WaybillTakenError
from services.orders.repository.parcels import insert_parcels, note_parcels
from services.orders.repository.waybill_pool import Pool, Taken, lock_numbers, take_numbers
from services.orders.schemas.steps import PrintRow
from services.orders.usecases.shelf import Shelf, lock_shelf
from services.orders.usecases.stepping import courier_of
from services.orders.usecases.working import Worked, Written, changing, store_work
from shared.kernel.ids import new_id
from shared.kernel.refusals import Refusal
from shared.registry.stores import Store, find_stores
from shared.web.callers import Caller

ELECTRONIC = "orders.electronic_waybill_couriers"
ACTION = "order.printed"


@dataclass(slots=True)
class _Unit:
    """Orders that are printed together because they share a parcel, and all their parcels.

    `is_bare` says that the parcel is made by the printing: none was planned or printed before.
    """

    row: PrintRow
    orders: list[Order]
    parcels: list[Parcel]
    courier: str | None
    is_electronic: bool = False
    is_bare: bool = False
    refusal: Refusal | None = None
    waybills: dict[str, str] = field(default_factory=dict)

    @property
    def pool(self) -> Pool:
        return self.orders[0].store_id, self.courier or ""

    @property
    def kept(self) -> dict[str, str]:
        """By parcel the waybills that it was printed with before it was changed; they hold."""
        return {
            parcel.parcel_id: parcel.waybill
            for parcel in self.parcels
            if parcel.waybill is not None
            and parcel.courier == self.courier
            and self.row.waybill in {None, parcel.waybill}
        }

    @property
    def bare(self) -> list[Parcel]:
        """The parcels that are to get a number from the pool."""
        if self.row.waybill is not None or not self.is_electronic:
            return []
        return [parcel for parcel in self.parcels if parcel.parcel_id not in self.kept]


async def print_orders(
    session: AsyncSession, rows: Mapping[str, PrintRow], now: datetime, *, caller: Caller
) -> dict[str, Worked]:
    """Print orders, and with each those that share its parcel; return by order what became of it.

    An order whose courier's waybills are electronic takes the next numbers of its store's pool, or
    the one told with it. What cannot be printed leaves the others alone; what is printed already is
    unchanged and takes no number. The number of statements does not grow with the number of rows.
    """
    shelf = await lock_shelf(session, list(rows))
    stores = await find_stores(session, {each.order.store_id for each in shelf.stored.values()})
    written = Written(shelf.stored, stores, caller, ACTION)
    refused: dict[str, Worked] = {}
    units: dict[str, _Unit] = {}
    for order_id, row in rows.items():
        try:
            unit = _unit(row, shelf, written)
        except Refusal as refusal:
            refused[order_id] = Worked(refusal=refusal)
        else:
            units.setdefault(unit.orders[0].order_id, unit)
    fresh = [unit for unit in units.values() if not _is_printed(unit)]
    for unit in fresh:
        unit.refusal = _obstacle(unit, now, caller)
    await _number(session, [unit for unit in fresh if unit.refusal is None], now)
    printed = [unit for unit in fresh if unit.refusal is None]
    await _store_parcels(session, printed, now)
    changed = {}
    for unit in units.values():
        if unit.refusal is None:
            changed.update(_changes(unit, now, caller, is_new=unit in printed))
    done = await store_work(session, list(changed.values()), written)
    return refused | {
        order_id: done[order_id]
        if order_id in done
        else Worked(refusal=_unit_of(order_id, units.values()).refusal)
        for order_id in rows
        if order_id not in refused
    }


def _unit(row: PrintRow, shelf: Shelf, written: Written) -> _Unit:
    order = changing(row.order_id, shelf.stored.get(row.order_id), written.caller).order
    parcels = shelf.parcels.get(order.order_id, [])
    ids = sorted({order.order_id, *(each for parcel in parcels for each in parcel.order_ids)})
    orders = [shelf.stored[each].order for each in ids]
    going = [each for each in orders if each.cancelled_at is None] or [order]
    store: Store = written.stores[order.store_id]
    courier = courier_of(row.courier, order, store)
    is_electronic = courier is not None and courier in (store.settings.get(ELECTRONIC) or ())
    is_bare = not parcels and (is_electronic or row.waybill is not None)
    if is_bare:
        contents = whole(order)
        parcels = [Parcel(new_id("pcl"), order.store_id, contents, is_planned=False)]
    return _Unit(row, going, parcels, courier, is_electronic, is_bare)


def _unit_of(order_id: str, units: Iterable[_Unit]) -> _Unit:
    return next(u for u in units if order_id in {order.order_id for order in u.orders})


def _is_printed(unit: _Unit) -> bool:
    return all(Status.PRINTED in order.steps for order in unit.orders)


def _obstacle(unit: _Unit, now: datetime, caller: Caller) -> Refusal | None:
    """Return why the orders of a unit cannot be printed: all of them are, or none."""
    try:
        for order in unit.orders:
            probe = Changes(order.copy(), is_new=False)
            print_order(probe, now, staff=caller.name, courier=unit.courier)
        if len(unit.orders) > 1:
            demand_alike(unit.orders)
        if unit.row.waybill is not None and len(unit.parcels) > 1:
            detail = "The order travels in several parcels."
            raise WaybillAmbiguousError(detail, pointer="/waybill")
    except Refusal as refusal:
        return refusal
    return None


async def _lock_free(session: AsyncSession, units: Sequence[_Unit]) -> Mapping[Pool, list[str]]:
    """Lock as many free numbers as the units need, without those that are told themselves."""
    told = {(unit.courier, unit.row.waybill) for unit in units if unit.row.waybill is not None}
    wanted: Counter[Pool] = Counter()
    for unit in units:  # a number that is told may be the next of the pool
        wanted[unit.pool] += len(unit.bare) + (unit.row.waybill is not None)
    free = await lock_numbers(session, wanted)
    return {
        pool: [number for number in free[pool] if (pool[1], number) not in told] for pool in wanted
    }


async def _number(session: AsyncSession, units: Sequence[_Unit], now: datetime) -> None:
    """Give the parcels of units their waybills; refuse the units for which there are none."""
    free = await _lock_free(session, units)
    for unit in units:
        numbers, kept = free[unit.pool], unit.kept
        if unit.row.waybill is not None:
            unit.waybills = {parcel.parcel_id: unit.row.waybill for parcel in unit.parcels}
        elif len(numbers) < len(unit.bare):
            detail = f"No waybill number of {unit.courier} is left."
            unit.refusal = WaybillsExhaustedError(detail, courier=unit.courier)
        else:
            unit.waybills = kept | {parcel.parcel_id: numbers.pop(0) for parcel in unit.bare}
    given = await take_numbers(session, _taken(units), now)
    for unit in units:
        for parcel_id, number in unit.waybills.items():
            if parcel_id not in unit.kept and (unit.pool[1], number) not in given:
                detail = f"The waybill {number} is another's."
                unit.refusal = WaybillTakenError(detail, pointer="/waybill")


def _taken(units: Sequence[_Unit]) -> list[Taken]:
    found: dict[tuple[str, str], Taken] = {}
    for unit in units:
        store_id, courier = unit.pool
        for parcel_id, number in unit.waybills.items():
            if parcel_id in unit.kept:
                continue
            if (courier, number) in found:
                detail = f"The waybill {number} is told for two parcels."
                unit.refusal = WaybillTakenError(detail, pointer="/waybill")
            else:
                taken = Taken(courier, number, store_id, unit.orders[0].order_id)
                found[courier, number] = taken
    return list(found.values())


async def _store_parcels(session: AsyncSession, units: Sequence[_Unit], now: datetime) -> None:
    parcels = [
        replace(
            parcel,
            courier=unit.courier,
            waybill=unit.waybills.get(parcel.parcel_id),
            printed_at=unit.row.at or now,
        )
        for unit in units
        for parcel in unit.parcels
    ]
    known = {each.parcel_id for unit in units if not unit.is_bare for each in unit.parcels}
    await insert_parcels(session, [each for each in parcels if each.parcel_id not in known])
    await note_parcels(session, [each for each in parcels if each.parcel_id in known])


def _changes(unit: _Unit, now: datetime, caller: Caller, *, is_new: bool) -> dict[str, Changes]:
    """Return the unit's orders, printed with their waybills if that is news."""
    found = {}
    at = unit.row.at or now
    parcels = by_order(unit.parcels)
    for order in unit.orders:
        changes = Changes(order.copy(), is_new=False)
        if is_new:
            ids = [parcel.parcel_id for parcel in parcels.get(order.order_id, [])]
            waybills = tuple(unit.waybills[each] for each in ids if each in unit.waybills)
            print_order(changes, at, staff=caller.name, courier=unit.courier, waybills=waybills)
        found[order.order_id] = changes
    return found
