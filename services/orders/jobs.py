"""What happens by the clock, and what is measured now and again."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.messages.reminders import REMINDERS
from services.orders.metrics import FEW_WAYBILLS, FREE_WAYBILLS, WAITING_INVOICES, WORKLIST_ORDERS
from services.orders.repository.invoices import count_waiting
from services.orders.repository.waybill_pool import levels_of
from services.orders.repository.worklists import count_worklists
from services.orders.usecases import problems
from services.orders.usecases.archiving import MOST as FILED_AT_ONCE
from services.orders.usecases.archiving import archive_ripe
from services.orders.usecases.digesting import state_digest
from services.orders.usecases.reminding import MOST, remind
from services.orders.usecases.tracking import tell_stalled
from shared.db.engine import Database
from shared.jobs import Clock, Span, repeat

REMINDING_EVERY = timedelta(seconds=10)
ARCHIVING_EVERY = timedelta(minutes=10)
MEASURING_SECONDS = 15.0


async def _digest(session: AsyncSession, span: Span) -> None:
    del span  # what is due follows from the last digest
    await state_digest(session)


async def _remind(session: AsyncSession, span: Span, *, worklist: str) -> None:
    del span  # what is due follows from what was told
    while await remind(session, worklist) == MOST:
        pass


async def _tell_overdue_problems(session: AsyncSession, span: Span) -> None:
    del span  # what is due follows from what was told
    while await problems.state_overdue(session) == problems.MOST:
        pass


async def _tell_stalled(session: AsyncSession, span: Span) -> None:
    del span  # what is due follows from what was told
    while await tell_stalled(session) == MOST:
        pass


async def _archive(session: AsyncSession, span: Span) -> None:
    del span  # what is ripe follows from the orders
    while await archive_ripe(session) == FILED_AT_ONCE:
        pass


CLOCKS = (
    Clock("state_digest", timedelta(minutes=1), _digest),
    Clock("tell_overdue_problems", REMINDING_EVERY, _tell_overdue_problems),
    Clock("tell_stalled", REMINDING_EVERY, _tell_stalled),
    Clock("archive_orders", ARCHIVING_EVERY, _archive),
    *(
        Clock(f"remind_{name}", REMINDING_EVERY, partial(_remind, worklist=name))
        for name in REMINDERS
    ),
)
"""The clocks of this service."""


class Measuring:
    """Counts working lists and waybill numbers; every process with the role `jobs` does."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until told to stop."""
        await repeat(self.measure, stop, every_seconds=MEASURING_SECONDS)

    async def measure(self) -> None:
        """Set the gauges to what the lists hold now."""
        async with self._database.transaction() as session:
            counts = await count_worklists(session, None)
            levels = await levels_of(session, None)
            invoices = await count_waiting(session)
        WAITING_INVOICES.clear()
        for store_id, is_unclear, count in invoices:
            WAITING_INVOICES.labels("unclear" if is_unclear else "requested", store_id).set(count)
        WORKLIST_ORDERS.clear()
        for name, stores in counts.items():
            for store_id, orders in stores.items():
                WORKLIST_ORDERS.labels(name, store_id).set(orders)
        FREE_WAYBILLS.clear()
        FEW_WAYBILLS.clear()
        for level in levels:
            FREE_WAYBILLS.labels(level.store_id, level.courier).set(level.free)
            FEW_WAYBILLS.labels(level.store_id, level.courier).set(level.low)


def workers(database: Database, *_: object) -> Sequence[Measuring]:
    """Return what runs beside the clocks."""
    return (Measuring(database),)
