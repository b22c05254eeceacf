"""Opening and changing stores."""

from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.domain import demand_platform, demand_same
from services.directory.messages import announce, store_stated
from services.directory.repository import find_store, insert_store, lock_store, share_company
from services.directory.schemas import NewStore, StoreChange
from services.directory.tables import StoreRow
from services.directory.thresholds.catalogue import effective
from services.directory.thresholds.house import PLATFORMS
from shared.audit import differences, record_change
from shared.kernel.refusals import NotFoundError
from shared.web.callers import Caller
from shared.web.versions import demand_version


async def open_store(
    session: AsyncSession, caller: Caller, new: NewStore
) -> tuple[StoreRow, Literal["created", "unchanged"]]:
    """Open a store, or find it open with the same content.

    Raises `StoreForbiddenError`, `PlatformUnknownError`, `AlreadyThereError`.
    """
    caller.demand_store(new.store_id)
    company = await share_company(session)
    house = effective(company.settings)
    demand_platform(new.platform, [*PLATFORMS, *house["house.further_platforms"]])
    content = _content(new)
    values = {
        "store_id": new.store_id,
        "day_start": house["house.day_start_hour"],
        **content,
        "is_open": True,
        "settings": {},
        "version": 1,
    }
    is_new = await insert_store(session, values)
    row = await get_store(session, new.store_id)
    if not is_new:
        kept = {name: getattr(row, name) for name in content}
        demand_same(content, kept, f"Store {new.store_id}")
        return row, "unchanged"
    await record_change(
        session,
        caller=caller.name,
        action="store.opened",
        subject=row.store_id,
        store_id=row.store_id,
        before=None,
        after=values,
    )
    await announce(session, store_stated(row, company))
    return row, "created"


async def change_store(
    session: AsyncSession, caller: Caller, store_id: str, *, seen: int | None, change: StoreChange
) -> StoreRow:
    """Change a store whose version was seen.

    Raises `NotFoundError`, `VersionMissingError`, `VersionStaleError`.
    """
    company = await share_company(session)
    row = await lock_visible_store(session, caller, store_id)
    demand_version(seen, row.version)
    wanted = _changes(change)
    before, after = differences({name: getattr(row, name) for name in wanted}, wanted)
    if not after:
        return row
    for name, value in after.items():
        setattr(row, name, value)
    row.version += 1
    await session.flush()
    await record_change(
        session,
        caller=caller.name,
        action="store.changed",
        subject=store_id,
        store_id=store_id,
        before=before,
        after=after,
    )
    await announce(session, store_stated(row, company))
    return row


async def lock_visible_store(session: AsyncSession, caller: Caller, store_id: str) -> StoreRow:
    """Return a store that is the caller's, locked; raises `NotFoundError` for another."""
    row = await lock_store(session, store_id) if caller.may_see(store_id) else None
    if row is None:
        raise NotFoundError(f"There is no store {store_id}.")
    return row


async def get_store(session: AsyncSession, store_id: str) -> StoreRow:
    """Return a store; raises `NotFoundError`."""
    row = await find_store(session, store_id)
    if row is None:
        raise NotFoundError(f"There is no store {store_id}.")
    return row


def _content(new: NewStore) -> dict[str, Any]:
    content: dict[str, Any] = {
        "name": new.name,
        "platform": new.platform,
        "timezone": new.timezone,
        "currency": new.currency,
        "groups": sorted(set(new.groups)),
    }
    if new.day_start is not None:
        content["day_start"] = _hour(new.day_start)
    return content


def _changes(change: StoreChange) -> dict[str, Any]:
    wanted = change.model_dump(exclude_none=True)
    if change.day_start is not None:
        wanted["day_start"] = _hour(change.day_start)
    if change.groups is not None:
        wanted["groups"] = sorted(set(change.groups))
    return wanted


def _hour(day_start: str) -> int:
    return int(day_start.partition(":")[0])
