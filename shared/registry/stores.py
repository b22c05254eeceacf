"""What a service knows of stores: its own replica, kept from directory's events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.buckets import StoreCalendar

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
