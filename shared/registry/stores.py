"""What a service knows of stores: its own replica, kept from directory's events."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.buckets import StoreCalendar
from shared.kernel.refusals import InvalidError

PATIENCE_SECONDS = 2.0
"""How long a store that directory opened a moment ago may take to become known here."""

_POLL_SECONDS = 0.1
_waiting = asyncio.Semaphore(2)  # who waits holds a connection; the replica's keeper needs one too

_FIND = text("""
    SELECT store_id, name, platform, timezone, day_start, currency, groups, is_open, settings
    FROM registry_stores WHERE store_id = ANY(:ids)
""")


@dataclass(frozen=True, slots=True)
class Store:
    """A store as directory last stated it; `settings` holds every threshold, defaults included."""

    store_id: str
    name: str
    platform: str
    calendar: StoreCalendar
    currency: str
    groups: tuple[str, ...]
    is_open: bool
    settings: Mapping[str, Any]


async def find_stores(session: AsyncSession, store_ids: Iterable[str]) -> dict[str, Store]:
    """Return the stores of these ids that are known, by id."""
    rows = (await session.execute(_FIND, {"ids": sorted(set(store_ids))})).mappings()
    return {
        row["store_id"]: Store(
            store_id=row["store_id"],
            name=row["name"],
            platform=row["platform"],
            calendar=StoreCalendar(row["timezone"], row["day_start"]),
            currency=row["currency"],
            groups=tuple(row["groups"]),
            is_open=row["is_open"],
            settings=row["settings"],
        )
        for row in rows
    }


class StoreUnknownError(InvalidError):
    """A store that directory has not opened."""

    kind = "store-unknown"


async def wait_for_stores(
    session: AsyncSession, store_ids: Iterable[str], *, pointer: str | None = "/store_id"
) -> dict[str, Store]:
    """Return the stores of these ids, by id; unknown ones are asked for again for 2 s.

    The session must see what others commit meanwhile: that of a request that writes. When several
    requests wait already, this one does not. Raises `StoreUnknownError` for the first unknown id.
    """
    wanted = set(store_ids)
    deadline = time.monotonic() + PATIENCE_SECONDS
    stores = await find_stores(session, wanted)
    if len(stores) < len(wanted) and not _waiting.locked():
        async with _waiting:
            while len(stores) < len(wanted) and time.monotonic() < deadline:
                await asyncio.sleep(_POLL_SECONDS)
                stores = await find_stores(session, wanted)
    for store_id in sorted(wanted - stores.keys()):
        raise StoreUnknownError(
            f"Store {store_id} is not known.", pointer=pointer, store_id=store_id
        )
    return stores
