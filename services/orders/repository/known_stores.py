"""The stores that this service knows."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.registry.stores import Store, find_stores

_IDS = text("SELECT store_id FROM registry_stores")


async def stores_among(session: AsyncSession, wanted: Sequence[str] | None) -> list[Store]:
    """Return the known stores of these ids, all for None, by their ids."""
    ids = wanted if wanted is not None else list((await session.execute(_IDS)).scalars())
    found = await find_stores(session, ids)
    return [found[store_id] for store_id in sorted(found)]
