"""Levels are brought back to what the ledger and the settings say, and what they show told anew."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.movements import Entry, Kind, Origin
from services.inventory.domain.shelf import Shelf
from services.inventory.repository.drift import Drift, find_drift, find_unsafe
from services.inventory.repository.items import stale_skus
from services.inventory.repository.listings import lock_terms
from services.inventory.repository.warehouses import ensured_warehouses
from services.inventory.usecases.pushing import push_listings
from services.inventory.usecases.shelving import lock_shelf, store_shelf
from shared.audit import Change, record_changes
from shared.kernel.clock import utc_now
from shared.log.writer import state

JOBS = "inventory"
"""Who the trail names for what the clock repairs."""


async def repair_levels(
    session: AsyncSession, skus: Sequence[str] | None = None, *, caller: str
) -> list[Drift]:
    """Set levels to the sums of their rows, promises to what is promised; return what was amiss.

    A promise that no reservation has is taken back by a row of the ledger. Everything is looked at
    again under lock, stated and put into the trail with before and after.
    """
    found = await find_drift(session, skus)
    return await _repair_all(session, sorted({each.sku for each in found}), caller)


async def align_safety(session: AsyncSession) -> int:
    """Set safety stocks as settings and warehouses have them by now; return of how many levels."""
    skus = await find_unsafe(session)
    return len(await _repair_all(session, skus, JOBS, only_safety=True))


async def _repair_all(
    session: AsyncSession, skus: Sequence[str], caller: str, *, only_safety: bool = False
) -> list[Drift]:
    if not skus:
        return []
    warehouses = await ensured_warehouses(session)
    shelf = await lock_shelf(session, [Key(name, sku) for name in warehouses for sku in skus])
    found = await find_drift(session, skus)
    amiss = [each for each in found if each.is_unsafe or not only_safety]
    changes = [_repair(shelf, each, caller, only_safety=only_safety) for each in amiss]
    await store_shelf(session, shelf, warehouses)
    await record_changes(session, caller=caller, changes=changes)
    return amiss


def _repair(shelf: Shelf, drift: Drift, caller: str, *, only_safety: bool) -> Change:
    level = shelf.touch(drift.key)
    before = asdict(level)
    if not only_safety:
        level.on_hand, level.reserved = drift.on_hand, drift.reserved
        level.quarantine, level.in_transit = drift.quarantine, drift.in_transit
        if drift.is_unpromised:
            shelf.put([_promise(drift, caller)])
    level.safety_stock = drift.safety
    subject = f"{drift.warehouse_id}:{drift.sku}"
    return Change("level.repaired", subject, None, before, asdict(level))


def _promise(drift: Drift, caller: str) -> Entry:
    missing = drift.promised - drift.reserved
    return Entry(
        kind=Kind.RESERVE if missing > 0 else Kind.RELEASE,
        bucket=Bucket.RESERVED,
        key=drift.key,
        quantity=missing,
        origin=Origin(occurred_at=utc_now(), caller=caller, reason="repaired to what is promised"),
        is_forced=True,
    )


async def push_stale(session: AsyncSession) -> int:
    """Tell what listings may show where they were last told otherwise; return of how many SKUs.

    So a change of a bundle's components, or of a warehouse, reaches its listings too.
    """
    skus = await stale_skus(session)
    if skus:
        await lock_terms(session, skus)
        await state(session, *await push_listings(session, skus, utc_now()))
    return len(skus)
