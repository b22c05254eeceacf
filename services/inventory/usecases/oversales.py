"""What was sold though it was not there is found when it happens, and told."""

from collections import defaultdict

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.shelf import Oversale, Shelf
from services.inventory.repository.reservations import orders_promised
from services.inventory.repository.warehouses import Warehouses
from shared.contracts.envelope import Event
from shared.contracts.inventory_stock import OversaleFound
from shared.registry.stores import Store, find_stores


async def tell_oversales(
    session: AsyncSession, shelf: Shelf, warehouses: Warehouses
) -> list[Event]:
    """Return the events of rows after which more was promised than there was.

    An order whose goods left without having been set aside is named itself; else the orders to
    which the pieces are promised are named, store by store.
    """
    if not shelf.oversales:
        return []
    keys = {oversale.entry.key for oversale in shelf.oversales}
    promised = await orders_promised(session, keys)
    found: list[tuple[Oversale, str, list[str]]] = []
    for oversale in shelf.oversales:
        key, origin = oversale.entry.key, oversale.entry.origin
        stores: defaultdict[str, list[str]] = defaultdict(list)
        if origin.store_id is not None and origin.order_id is not None:
            stores[origin.store_id].append(origin.order_id)
        for store_id, order_id in () if stores else promised.get(key, ()):
            stores[store_id].append(order_id)
        owner = warehouses[key.warehouse_id].store_id
        if not stores and owner is not None:
            stores[owner] = []
        found += [(oversale, store_id, orders) for store_id, orders in sorted(stores.items())]
    known = await find_stores(session, {store_id for _, store_id, _ in found})
    return [
        _event(oversale, known[store_id], orders)
        for oversale, store_id, orders in found
        if store_id in known
    ]


def _event(oversale: Oversale, store: Store, orders: list[str]) -> OversaleFound:
    entry = oversale.entry
    return OversaleFound(
        occurred_at=entry.origin.occurred_at,
        store_id=store.store_id,
        timezone=store.calendar.timezone,
        day_start=store.calendar.day_start,
        sku=entry.key.sku,
        units=oversale.units,
        order_ids=orders,
        oversold_at=entry.origin.occurred_at,
        movement_id=str(entry.movement_id),
        warehouse_id=entry.key.warehouse_id,
    )
