"""Orders that are over go into the archive: by hand, and by the clock."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.archiving import archive
from services.orders.domain.changes import Changes
from services.orders.repository.archive import lock_ripe, open_beside
from services.orders.usecases.working import Work, work_on
from shared.kernel.clock import utc_now
from shared.registry.stores import Store
from shared.web.callers import Caller

MOST = 500
"""Orders that one round of the clock files; the rest follow at once."""

ACTION = "order.archived"
_CLOCK = Caller("clock", frozenset())


async def filing(session: AsyncSession, order_id: str, at: datetime) -> Work:
    """Return the work that files an order, knowing what is open beside it."""
    return _file(at, is_open_beside=order_id in await open_beside(session, [order_id]))


async def archive_ripe(session: AsyncSession) -> int:
    """File orders that have been over for long enough; return how many, at most 500."""
    ripe = await lock_ripe(session, most=MOST)
    if ripe:
        work = _file(utc_now(), is_open_beside=False)
        await work_on(session, dict.fromkeys(ripe, work), caller=_CLOCK, action=ACTION)
    return len(ripe)


def _file(at: datetime, *, is_open_beside: bool) -> Work:
    def work(changes: Changes, _: Store) -> None:
        archive(changes, at, is_open_beside=is_open_beside)

    return work
