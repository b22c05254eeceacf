"""Who may see which stores, and how far their figures have come."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.completeness import Completeness, completeness
from services.reporting.domain.periods import Span
from services.reporting.domain.refusals import UnknownStoreError
from services.reporting.repository.standing import list_store_ids, parked_count
from shared.log.positions import passed
from shared.registry.stores import Store, find_stores

READER = "reporting"
OWNERS = ("orders",)
"""The owners whose events make the figures."""


async def choose_stores(
    session: AsyncSession, allowed: Sequence[str] | None, groups: Sequence[str] | None
) -> list[Store]:
    """Return the stores among those allowed (None: all) that are in one of the groups, by id."""
    ids = await list_store_ids(session, allowed, groups)
    found = await find_stores(session, ids)
    return [found[store_id] for store_id in ids if store_id in found]


async def demand_stores(
    session: AsyncSession, wanted: Sequence[str], groups: Sequence[str] | None
) -> list[Store]:
    """Return the stores wanted, in one of the groups if any are given.

    Raises `UnknownStoreError` if one of them is not known here (yet).
    """
    found = await find_stores(session, wanted)
    for store_id in wanted:
        if store_id not in found:
            raise UnknownStoreError(
                f"Store {store_id} is not known.", parameter="stores", store_id=store_id
            )
    if groups is None:
        return [found[store_id] for store_id in wanted]
    return [found[name] for name in wanted if set(groups) & set(found[name].groups)]


async def completeness_of(
    session: AsyncSession, spans: Iterable[Span], now: datetime
) -> Completeness:
    """Return how complete the figures of these spans are, in the session's snapshot."""
    marks = await passed(session, READER, OWNERS)
    parked = await parked_count(session, READER)
    return completeness(marks, parked, [span.ends for span in spans], now)
