"""Business days of stores, each by its own calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.refusals import PeriodInvalidError
from services.orders.repository.known_stores import stores_among
from shared.kernel.buckets import day_begins
from shared.registry.stores import Store

MOST_DAYS = 366
MOST_ROWS = 20_000
"""Days of all stores together."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of a store; `begins` has the first instant of each, and of the day after the last."""

    store: Store
    days: list[date]
    begins: list[datetime]


async def periods_of(
    session: AsyncSession, wanted: Sequence[str] | None, *, first: date, last: date
) -> list[Period]:
    """Return the days from `first` to `last`, both inclusive, of stores, of all for None.

    Raises `PeriodInvalidError`.
    """
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        detail = f"A period has 1 to {MOST_DAYS} days."
        raise PeriodInvalidError(detail, parameter="to")
    stores = await stores_among(session, wanted)
    if count * len(stores) > MOST_ROWS:
        detail = f"At most {MOST_ROWS} days of all stores together are shown: name fewer."
        raise PeriodInvalidError(detail, parameter="stores")
    days = [first + timedelta(days=place) for place in range(count + 1)]
    return [
        Period(store, days[:-1], [day_begins(day, store.calendar) for day in days])
        for store in stores
    ]
