"""Levels taken off the shelf under lock, and put back with their rows and events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.movements import Entry, Kind
from services.inventory.domain.shelf import Shelf
from services.inventory.messages.goods import sku_stated
from services.inventory.messages.stock import level_changed
from services.inventory.repository.balances import lock_levels, make_levels, write_levels
from services.inventory.repository.goods import Received, find_skus, note_received
from services.inventory.repository.ledger import insert_entries
from services.inventory.repository.listings import lock_terms, write_asides
from services.inventory.repository.warehouses import Warehouses
from services.inventory.usecases.oversales import tell_oversales
from services.inventory.usecases.pushing import push_listings
from shared.contracts.envelope import Event
from shared.kernel.clock import utc_now
from shared.log.writer import state


async def open_shelf(session: AsyncSession, keys: Iterable[Key]) -> Shelf:
    """Lock the levels of these keys in their order, made where they are not there.

    Their SKUs and warehouses are known. Nothing else of stock may be locked before.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return Shelf({})
    await make_levels(session, wanted)
    return await lock_shelf(session, wanted)


async def lock_shelf(session: AsyncSession, keys: Iterable[Key]) -> Shelf:
    """Lock the levels of these keys that are there, and then the terms of who sells them."""
    wanted = sorted(set(keys))
    levels = await lock_levels(session, wanted)
    return Shelf(levels, await lock_terms(session, {key.sku for key in wanted}))


async def store_shelf(
    session: AsyncSession, shelf: Shelf, warehouses: Warehouses, *, told: Sequence[Event] = ()
) -> None:
    """Write the rows of a shelf, its levels and what listings may show; state what changed.

    What is `told` besides is stated first.

    All of it in the caller's transaction; the number of statements does not grow with the number
    of rows. Raises `StockBusyError`.
    """
    changed = shelf.changed()
    if not changed and not shelf.changed_terms:
        await state(session, *told)
        return
    booked_at = await insert_entries(session, shelf.entries) or utc_now()
    for key in changed:
        shelf.levels[key].version += 1
    await write_levels(session, {key: shelf.levels[key] for key in changed})
    await write_asides(session, _asides(shelf))
    news: list[Event] = list(_levels_changed(shelf, warehouses, booked_at))
    if shelf.terms:
        skus = {key.sku for key in changed} | {sku for _, sku in shelf.changed_terms}
        news += await push_listings(session, skus, booked_at)
    news += await tell_oversales(session, shelf, warehouses)
    news += await _note_received(session, shelf, warehouses)
    await state(session, *told, *news)


def _asides(shelf: Shelf) -> list[tuple[str, str, int | None]]:
    return [
        (store_id, sku, shelf.left_aside(store_id, sku))
        for store_id, sku in sorted(shelf.changed_terms)
    ]


def _levels_changed(shelf: Shelf, warehouses: Warehouses, booked_at: datetime) -> Iterable[Event]:
    entries: defaultdict[Key, list[Entry]] = defaultdict(list)
    for entry in shelf.entries:
        entries[entry.key].append(entry)
    for key in shelf.changed():
        yield level_changed(
            key,
            shelf.levels[key],
            warehouses[key.warehouse_id],
            previous_available=shelf.before[key],
            entries=entries[key],
            booked_at=booked_at,
        )


async def _note_received(
    session: AsyncSession, shelf: Shelf, warehouses: Warehouses
) -> list[Event]:
    """Note prices and first arrivals, which are part of what is stated of a SKU."""
    received: dict[str, Received] = {}
    for entry in shelf.entries:
        if entry.kind is not Kind.RECEIVE or entry.bucket is not Bucket.ON_HAND or entry.corrects:
            continue
        known = received.get(entry.key.sku)
        cost = None if entry.cost_minor is None else round(entry.cost_minor / entry.quantity)
        currency = None if cost is None else warehouses[entry.key.warehouse_id].currency
        at = entry.origin.occurred_at
        received[entry.key.sku] = Received(
            entry.key.sku, cost, currency, at if known is None else min(at, known.at)
        )
    if not received:
        return []
    news = await note_received(session, list(received.values()))
    stated = await find_skus(session, news) if news else {}
    return [sku_stated(stated[sku], received[sku].at) for sku in news]
