"""Where reporting stands: known stores, versions of their figures, what is parked."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_STORES = text("""
    SELECT store_id FROM registry_stores
    WHERE (CAST(:ids AS text[]) IS NULL OR store_id = ANY(CAST(:ids AS text[])))
      AND (CAST(:groups AS text[]) IS NULL OR groups && CAST(:groups AS text[]))
    ORDER BY store_id
""")
_VERSION = text("""
    SELECT coalesce(sum(version), 0)::bigint FROM store_version
    WHERE store_id = ANY(CAST(:ids AS text[]))
""")
_RENEW = text("UPDATE store_version SET version = version + 1")
_PARKED = text("SELECT count(*) FROM dead_letters WHERE reader = :reader")


async def list_store_ids(
    session: AsyncSession, ids: Iterable[str] | None, groups: Iterable[str] | None
) -> list[str]:
    """Return the known stores of these ids and in one of these groups; None does not limit."""
    parameters = {
        "ids": None if ids is None else sorted(ids),
        "groups": None if groups is None else sorted(groups),
    }
    return list((await session.execute(_STORES, parameters)).scalars())


async def version_of(session: AsyncSession, store_ids: Iterable[str]) -> int:
    """Return the projection version of these stores: it grows with every batch that changes one."""
    found = await session.execute(_VERSION, {"ids": sorted(store_ids)})
    version: int = found.scalar_one()
    return version


async def parked_count(session: AsyncSession, reader: str) -> int:
    """Return how many events a reader has set aside."""
    found: int = (await session.execute(_PARKED, {"reader": reader})).scalar_one()
    return found


async def renew_versions(session: AsyncSession) -> None:
    """Give the figures of all stores a new version."""
    await session.execute(_RENEW)
