"""Orders' log and reporting's figures of it, without a broker: numbered and read by hand."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from services.reporting.planner.standing import OWNERS, READER
from services.reporting.projections.hearing import Hearing
from shared.contracts.catalogue import PARTITIONS
from shared.contracts.envelope import Event
from shared.db.direct import connect_direct
from shared.db.engine import Database
from shared.log.acceptance import OwnerPart
from shared.log.appliers import BatchApplier
from shared.log.heal import Healer
from shared.log.ledger import Ledger
from shared.log.taking import Taker
from tests.support.databases import Databases
from tests.support.event_stream import DirectFeed, state_facts


class Retelling:
    """States events, numbers them as the relay does, and reads them as reporting's reader does."""

    def __init__(self, orders: Database, reporting: Database, ledger: Ledger) -> None:
        self.orders = orders
        self.reporting = reporting
        self.feed = DirectFeed(orders)
        self._ledger = ledger
        self._healer = self.a_reader(Hearing())

    async def tell(self, events: Iterable[Event]) -> None:
        """State events and number them; nobody has read them yet."""
        await state_facts(self.orders, *events)
        await self._ledger.number([], 10_000)

    async def read(self, reader: Healer | None = None) -> None:
        """Let everything numbered take effect."""
        healer = reader or self._healer
        parts = frozenset(OwnerPart(OWNERS[0], number) for number in range(PARTITIONS))
        await healer.taker.load()
        while await healer.heal(parts, still=-1.0):
            pass

    async def happen(self, events: Iterable[Event]) -> None:
        """State events and let them take effect."""
        await self.tell(events)
        await self.read()

    async def damage(self, *statements: str) -> None:
        """Change reporting's tables behind its back."""
        async with self.reporting.transaction() as session:
            for statement in statements:
                await session.execute(text(statement))

    def a_reader(self, applier: BatchApplier) -> Healer:
        """Reporting's reader as another process has it."""
        return Healer(Taker(READER, self.reporting, applier), self.feed, OWNERS)


@asynccontextmanager
async def retelling(orders: Database, reporting: Database) -> AsyncIterator[Retelling]:
    """Open both sides; they must be empty."""
    url = orders.url.render_as_string(hide_password=False)
    connection = await connect_direct(url, name="retelling", idle_seconds=60)
    try:
        ledger = await Ledger.lead(connection)
        assert ledger is not None
        yield Retelling(orders, reporting, ledger)
    finally:
        await connection.close()


@pytest.fixture
async def retold(
    databases: Databases, orders_database: Database, reporting_database: Database
) -> AsyncIterator[Retelling]:
    await databases.empty(orders_database)
    await databases.empty(reporting_database)
    async with retelling(orders_database, reporting_database) as opened:
        yield opened
