"""The desk is opened with everything locked that orders need, and closed with all of it written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.desk import Desk
from services.inventory.domain.goods import Sku, parts_of
from services.inventory.domain.levels import Key
from services.inventory.domain.reservations import Reservation
from services.inventory.domain.reserving import Rules
from services.inventory.domain.warehouses import serving
from services.inventory.messages.reservations import told
from services.inventory.repository.balances import make_levels
from services.inventory.repository.goods import find_skus
from services.inventory.repository.reservations import (
    Checkout,
    claim_checkouts,
    lock_reservations,
    put_reservations,
)
from services.inventory.repository.warehouses import Warehouses, ensured_warehouses
from services.inventory.usecases.shelving import lock_shelf, store_shelf
from shared.registry.stores import Store, wait_for_stores


@dataclass(slots=True)
class Needs:
    """What requests or events concern: all of it is locked at once.

    `skus` has codes by store, `leaving` those that leave the house, by store and warehouse told.
    """

    skus: set[tuple[str, str]] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    checkouts: set[Checkout] = field(default_factory=set)
    leaving: set[tuple[str, str, str | None]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """An open desk, with what its events need besides."""

    desk: Desk
    warehouses: Warehouses
    stores: Mapping[str, Store]

    def rules(self, store_id: str) -> Rules:
        """Return the settings of a store; of one without goods here none are ever asked."""
        store = self.stores.get(store_id)
        if store is None:
            return Rules()
        settings = store.settings
        return Rules(
            settings["inventory.reserve_on"],
            timedelta(hours=settings["inventory.hold_hours"]),
            timedelta(minutes=settings["inventory.campaign_hold_minutes"]),
        )


async def open_desk(session: AsyncSession, needs: Needs) -> OpenDesk:
    """Lock reservations, then levels, then terms, each in their order; return the desk over them.

    The number of statements does not grow with what is needed. Raises `StoreUnknownError` for a
    store whose goods are kept here and that is not known.
    """
    await claim_checkouts(session, needs.checkouts)
    reservations = await lock_reservations(
        session, orders=needs.orders, ids=needs.ids, checkouts=needs.checkouts
    )
    held = {line.sku for each in reservations for line in each.wanted}
    codes = {sku for _, sku in needs.skus} | {sku for _, sku, _ in needs.leaving}
    skus = await find_skus(session, codes | held)
    names = {store_id for store_id, sku in needs.skus if sku in skus}
    names |= {store_id for store_id, sku, _ in needs.leaving if sku in skus}
    names |= {each.store_id for each in reservations}
    stores = await wait_for_stores(session, names) if names else {}
    warehouses = await ensured_warehouses(session) if names else {}
    await _make_for_leaving(session, needs, skus, warehouses)
    shelf = await lock_shelf(session, _keys(skus, warehouses, reservations))
    desk = Desk(shelf, skus, {name: serving(warehouses.values(), name) for name in names})
    for reservation in reservations:
        desk.know(reservation)
    return OpenDesk(desk, warehouses, stores)


async def close_desk(session: AsyncSession, opened: OpenDesk) -> None:
    """Write what changed at a desk and state it. Raises `StockBusyError`."""
    desk = opened.desk
    await put_reservations(session, desk.changed.values())
    calendars = {name: store.calendar for name, store in opened.stores.items()}
    events = [told(fact, calendars, opened.stores[fact.store_id].currency) for fact in desk.facts]
    await store_shelf(session, desk.shelf, opened.warehouses, told=events)


async def _make_for_leaving(
    session: AsyncSession, needs: Needs, skus: Mapping[str, Sku], warehouses: Warehouses
) -> None:
    """Make the levels that goods leave from though nobody ever received any there."""
    keys: set[Key] = set()
    for store_id, sku, told_id in needs.leaving:
        if sku not in skus:
            continue
        places = serving(warehouses.values(), store_id)[:1]
        names = [told_id] if told_id in warehouses else [each.warehouse_id for each in places]
        keys |= {Key(name, part.sku) for name in names if name for part in parts_of(skus[sku])}
    if keys:
        await make_levels(session, keys)


def _keys(
    skus: Mapping[str, Sku], warehouses: Warehouses, reservations: Iterable[Reservation]
) -> set[Key]:
    parts = {part.sku for sku in skus.values() for part in parts_of(sku)}
    held = {
        Key(part.warehouse_id, part.sku)
        for each in reservations
        for line in each.lines
        for part in line.parts
    }
    return held | {
        Key(each.warehouse_id, sku)
        for each in warehouses.values()
        if each.is_active
        for sku in parts
    }
