"""Items are put on sale, changed and taken off, as platforms and approvals have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.goods import Sku, parts_of
from services.inventory.domain.levels import Key
from services.inventory.domain.listings import ListedUnit, Listing, content_of, news_of
from services.inventory.domain.refusals import SkuUnknownError
from services.inventory.domain.shelf import Shelf, Terms
from services.inventory.messages.listings import listing_events
from services.inventory.repository.goods import find_skus
from services.inventory.repository.items import (
    claim_items,
    find_items,
    put_items,
    put_store_skus,
)
from services.inventory.repository.listings import lock_terms
from services.inventory.repository.warehouses import ensured_warehouses
from services.inventory.usecases.shelving import lock_shelf, store_shelf
from shared.audit import Change, differences, record_changes
from shared.contracts.envelope import Event
from shared.kernel.refusals import Refusal
from shared.registry.stores import Store
from shared.web.callers import Caller


@dataclass(frozen=True, slots=True)
class ListingOutcome:
    """What became of an item: created, updated, unchanged, stale, or why it was refused."""

    outcome: str | None = None
    refusal: Refusal | None = None


async def list_items(
    session: AsyncSession,
    listings: Sequence[Listing],
    stores: Mapping[str, Store],
    *,
    caller: Caller,
    now: datetime,
) -> list[ListingOutcome]:
    """Bring items of known stores, each another, to where their rows have them.

    What their listings may show is reckoned and stated at once. The number of statements does not
    grow with the number of rows.
    """
    await claim_items(session, [each.key for each in listings])
    stored = await find_items(session, [each.key for each in listings])
    skus = await find_skus(session, {unit.sku for each in listings for unit in each.units})
    outcomes: list[ListingOutcome] = []
    written: list[Listing] = []
    for each in listings:
        outcome, after = _decide(stored.get(each.key), each, skus)
        outcomes.append(outcome)
        if after is not None:
            written.append(after)
    if written:
        await _write(session, written, stored, skus, stores=stores, caller=caller, now=now)
    return outcomes


def _decide(
    before: Listing | None, told: Listing, skus: Mapping[str, Sku]
) -> tuple[ListingOutcome, Listing | None]:
    for place, unit in enumerate(told.units):
        if unit.sku not in skus:
            detail = f"There is no SKU {unit.sku}."
            refusal = SkuUnknownError(detail, pointer=f"/skus/{place}/sku")
            return ListingOutcome(refusal=refusal), None
    if before is None:
        return ListingOutcome("created"), told
    known, new = before.source_updated_at, told.source_updated_at
    if known is not None and new is not None and new < known:
        return ListingOutcome("stale"), None
    if content_of(before) == content_of(told):
        return ListingOutcome("unchanged"), None
    after = replace(told, version=before.version + 1, source_updated_at=new or known)
    return ListingOutcome("updated"), after


async def _write(  # noqa: PLR0913 - what was decided, and all it touches
    session: AsyncSession,
    written: Sequence[Listing],
    stored: Mapping[tuple[str, str], Listing],
    skus: Mapping[str, Sku],
    *,
    stores: Mapping[str, Store],
    caller: Caller,
    now: datetime,
) -> None:
    gone = {unit.sku for each in written if each.key in stored for unit in stored[each.key].units}
    known = {**await find_skus(session, gone), **skus}
    warehouses = await ensured_warehouses(session)
    parts = {part.sku for sku in known.values() for part in parts_of(sku)}
    shelf = await lock_shelf(session, [Key(name, sku) for name in warehouses for sku in parts])
    touched = _touched(written, stored)
    await put_items(session, written)
    await put_store_skus(session, touched)
    shelf.terms = await lock_terms(session, set(known) | parts)
    _set_asides(shelf, written, stored)
    told = _news(shelf, written, stored, stores, caller=caller, now=now)
    shelf.changed_terms |= set(touched)
    await store_shelf(session, shelf, warehouses, told=told)
    changes = [_change(stored.get(each.key), each) for each in written]
    await record_changes(session, caller=caller.name, changes=changes)


def _news(
    shelf: Shelf,
    written: Sequence[Listing],
    stored: Mapping[tuple[str, str], Listing],
    stores: Mapping[str, Store],
    *,
    caller: Caller,
    now: datetime,
) -> list[Event]:
    return [
        event
        for each in written
        for event in listing_events(
            each,
            news_of(stored.get(each.key), each),
            stores[each.store_id],
            now,
            asides={unit.sku: shelf.left_aside(each.store_id, unit.sku) for unit in each.units},
            caller=caller.name,
        )
    ]


def _touched(
    written: Sequence[Listing], stored: Mapping[tuple[str, str], Listing]
) -> dict[tuple[str, str], tuple[str, ListedUnit]]:
    """Return by store and SKU the unit that says how it is sold: the last word counts."""
    found: dict[tuple[str, str], tuple[str, ListedUnit]] = {}
    for each in written:
        for listing in (stored.get(each.key), each):
            for unit in () if listing is None else listing.units:
                found[each.store_id, unit.sku] = (each.item_id, unit)
    return found


def _set_asides(
    shelf: Shelf, written: Sequence[Listing], stored: Mapping[tuple[str, str], Listing]
) -> None:
    """Set what is left for a store alone where it is told anew; the same word again keeps it."""
    for each in written:
        before = stored.get(each.key)
        old = {} if before is None else {unit.sku: unit.set_aside for unit in before.units}
        for unit in each.units:
            terms = shelf.terms.get(unit.sku, {}).setdefault(each.store_id, Terms())
            if old.get(unit.sku) != unit.set_aside:
                terms.set_aside = unit.set_aside


def _change(before: Listing | None, after: Listing) -> Change:
    subject = f"{after.store_id}:{after.item_id}"
    new = msgspec.to_builtins(after)
    if before is None:
        return Change("listing.created", subject, after.store_id, None, new)
    old, new = differences(msgspec.to_builtins(before), new)
    return Change("listing.changed", subject, after.store_id, old, new)
