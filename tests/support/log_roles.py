"""The roles of the log over a real broker: an owner's relay, and readers that write effects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from shared.db.engine import Database
from shared.kafka.access import KafkaAccess
from shared.kafka.cluster import KafkaCluster
from shared.log.passing import Passing
from shared.log.reader import Reader, Subscription
from shared.log.relay_role import RelayRole
from tests.support.event_stream import OWNER, DirectFeed, Effects, effects_of, fact, state_facts
from tests.support.eventually import eventually
from tests.support.running import running_roles

READER = "end-to-end"
KEYS = [f"order-{number}" for number in range(20)]
ARRIVAL_SECONDS = 40.0

_IS_ACKNOWLEDGED = text("""
    SELECT bool_and(l.mark_sequence >= o.last) FROM log_lanes l
    JOIN (SELECT partition, max(sequence) AS last FROM event_order GROUP BY partition) o
         USING (partition)
""")


class Roles:
    """Starts roles on two databases and a broker, and stops them."""

    def __init__(self, owner: Database, reading: Database, access: KafkaAccess) -> None:
        self.owner = owner
        self.reading = reading
        self._broker = KafkaCluster(access)

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[None]:
        """The owner's relay."""
        async with running_roles(RelayRole(OWNER, self.owner, self._broker)):
            yield

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        """A member of the reader's group, and the reader's statements."""
        subscription = Subscription(READER, (OWNER,), Effects())
        reader = Reader(subscription, self.reading, self._broker, DirectFeed(self.owner))
        passing = Passing(READER, (OWNER,), self.reading, self._broker)
        async with running_roles(reader, passing):
            yield reader

    async def state_round(self, number: int) -> None:
        """State one fact of each key."""
        await state_facts(self.owner, *[fact(key, number) for key in KEYS])

    async def arrived(self, rounds: int, *, within_seconds: float = ARRIVAL_SECONDS) -> None:
        """Wait until rounds 0 to before `rounds` have taken effect, each once and in order."""

        async def have_all() -> bool:
            return await effects_of(self.reading) == {key: list(range(rounds)) for key in KEYS}

        await eventually(have_all, within_seconds=within_seconds)

    async def published(self) -> None:
        """Wait until the broker has acknowledged every event, not only the feed given it."""

        async def is_acknowledged() -> bool:
            async with self.owner.reading() as session:
                return bool((await session.execute(_IS_ACKNOWLEDGED)).scalar_one())

        await eventually(is_acknowledged, within_seconds=ARRIVAL_SECONDS)
