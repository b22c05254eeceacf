"""The daily refund summary (O-P5): what was asked for, agreed, refused and paid, day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.repository.refund_lists import sum_refunds
from services.orders.usecases.periods import periods_of

STEPS = ("requested", "approved", "rejected", "paid")
"""What can become of a refund."""

Sum = tuple[int, int]
"""Number of refunds, and their amount in minor units."""


@dataclass(frozen=True, slots=True)
class RefundDay:
    """A store's day: refunds with return (退货退款) or without (仅退款), by step."""

    store_id: str
    currency: str
    day: date
    with_return: bool
    sums: Mapping[str, Sum]


async def summarise_refunds(
    session: AsyncSession, stores: list[str] | None, *, first: date, last: date
) -> list[RefundDay]:
    """Return every day of every store, refunds without and with return; days without any are 0.

    Raises `PeriodInvalidError`.
    """
    periods = await periods_of(session, stores, first=first, last=last)
    begins = [(period.store.store_id, moment) for period in periods for moment in period.begins]
    found: dict[tuple[str, int, bool], dict[str, Sum]] = {}
    for row in await sum_refunds(session, begins):
        sums = found.setdefault((row.store_id, row.day, row.with_return), {})
        sums[row.step] = (row.refunds, row.amount_minor)
    return [
        RefundDay(
            period.store.store_id,
            period.store.currency,
            day,
            with_return,
            {step: _sum(found, (period.store.store_id, place, with_return), step)
             for step in STEPS},
        )
        for period in periods
        for place, day in enumerate(period.days)
        for with_return in (False, True)
    ]  # fmt: skip


def _sum(
    found: Mapping[tuple[str, int, bool], Mapping[str, Sum]], key: tuple[str, int, bool], step: str
) -> Sum:
    return found.get(key, {}).get(step, (0, 0))
