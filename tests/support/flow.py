"""Facts that flow from an owner's database over a broker to readers, all in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from uuid import uuid4

from sqlalchemy import text

from shared.db.engine import Database
from shared.kafka.ports import Broker
from shared.log.positions import create_positions
from shared.log.reader import Reader, Subscription
from shared.log.relay_role import RelayRole
from tests.support.event_stream import (
    OWNER,
    Effects,
    effects_of,
    fact,
    make_effects,
    state_facts,
)
from tests.support.running import running_roles

KEYS = 36
ROUND_SECONDS = 0.1

_MARKS = "SELECT coalesce(sum(mark_sequence), 0), coalesce(sum(last_sequence), 0) FROM log_lanes"


class Flow:
    """Real relay and readers; no feed, so that nothing but the broker can bring an event."""

    def __init__(self, owner: Database, reading: Database, broker: Broker) -> None:
        self._owner = owner
        self._reading = reading
        self._broker = broker
        self._rounds = count(1)
        self._reader = f"flow-{uuid4().hex[:8]}"
        self.stated = 0
        self.readers: list[Reader] = []

    async def enrol(self) -> None:
        """Begin to read at the first event."""
        await make_effects(self._reading)
        async with self._owner.reading() as session:
            log_id = (await session.execute(text("SELECT log_id FROM log_identity"))).scalar_one()
        async with self._reading.transaction() as session:
            await create_positions(session, self._reader, OWNER, log_id)

    async def state_round(self) -> None:
        """State the next fact of every key, in one transaction."""
        number = next(self._rounds)
        facts = [fact(f"{self._reader}-{key}", number) for key in range(KEYS)]
        await state_facts(self._owner, *facts)
        self.stated = number

    @asynccontextmanager
    async def stating(self) -> AsyncIterator[None]:
        """Go on stating, a round ten times a second, until the block ends."""
        stop = asyncio.Event()

        async def go_on() -> None:
            while not stop.is_set():
                await self.state_round()
                await asyncio.sleep(ROUND_SECONDS)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(go_on())
            try:
                yield
            finally:
                stop.set()

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        """Run the relay until the block ends."""
        async with running_roles(RelayRole(OWNER, self._owner, self._broker)):
            yield

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Run one more reader of the group until the block ends."""
        reader = Reader(
            Subscription(self._reader, (OWNER,), Effects()), self._reading, self._broker, None
        )
        async with running_roles(reader):
            yield reader

    async def counted(self) -> int:
        """How many facts took effect."""
        return sum(map(len, (await effects_of(self._reading)).values()))

    async def has_arrived(self) -> bool:
        """Whether as many facts took effect as were stated."""
        return await self.counted() >= self.stated * KEYS

    async def marks(self) -> tuple[int, int]:
        """How many events are acknowledged, and how many have a number."""
        async with self._owner.reading() as session:
            row = (await session.execute(text(_MARKS))).one()
        return int(row[0]), int(row[1])

    async def verify(self) -> None:
        """Every fact took effect once, in the order of its key."""
        wanted = list(range(1, self.stated + 1))
        found = await effects_of(self._reading)
        assert set(found) == {f"{self._reader}-{key}" for key in range(KEYS)}
        for key, numbers in found.items():
            assert numbers == wanted, key
