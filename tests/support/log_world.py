"""A small world of one log: writers, relays, readers of one name, and a broker that misbehaves.

Real writer, relay and reader code on real databases; every step is a call, so that a test decides
what happens between any two.
"""

import asyncio
from collections import defaultdict
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.catalogue import PARTITIONS
from shared.db.direct import DirectError, connect_direct
from shared.db.engine import Database
from shared.log import writer
from shared.log.acceptance import OwnerPart
from shared.log.heal import Healer
from shared.log.ledger import Ledger
from shared.log.positions import GuardLostError, create_positions, load_positions
from shared.log.reader import Reader, Subscription
from shared.log.readers import save_reader_progress
from shared.log.relay import Relay, RelayLimits
from shared.log.watermarks import ReaderProgress
from tests.support.broker import Crash, MemoryBroker
from tests.support.event_stream import OWNER, DirectFeed, Effects, effects_of, fact, make_effects
from tests.support.log_crashes import CrashingConnection, CrashingTaker

TOPIC = "orders-events"
READER = "reporting"

_RESET_OWNER = """
    DELETE FROM event_pending; DELETE FROM event_order; DELETE FROM log_readers;
    DELETE FROM event_log; DELETE FROM keys; DELETE FROM log_identity WHERE NOT is_current;
    UPDATE log_lanes SET last_sequence = 0, mark_sequence = 0, mark_offset = -1,
           trimmed_sequence = 0
"""
_RESET_READER = "DELETE FROM effects; DELETE FROM dead_letters; DELETE FROM log_positions"


class ViolationError(Exception):
    """The log broke its promise."""


class AbortError(Exception):
    """A writer gave up its transaction."""


@dataclass
class Variant:
    """The parts under test; a planted bug replaces one of them."""

    relay: type[Relay] = Relay
    taker: type[CrashingTaker] = CrashingTaker
    applier: type[Effects] = Effects
    states_before_lock: bool = False
    loser_stops: bool = False


@dataclass
class World:
    """See the module; `committed` holds what was committed per key, in order."""

    owner: Database
    reading: Database
    has_feed: bool = True
    variant: Variant = field(default_factory=Variant)
    broker: MemoryBroker = field(default_factory=lambda: MemoryBroker(everyone_has_all=True))
    committed: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.relay: Relay | None = None
        self.connection: CrashingConnection | None = None
        self.old_relays: list[Relay] = []
        self.open_writes: dict[str, tuple[AsyncExitStack, AsyncSession, int]] = {}
        self.feed = DirectFeed(self.owner)
        self.readers: list[Reader] = []
        self._numbers = 0

    @classmethod
    async def prepare(cls, owner: Database, reading: Database) -> None:
        """Make the tables that hold the aggregates and the effects."""
        async with owner.transaction() as session:
            await session.execute(text("CREATE TABLE keys (key text PRIMARY KEY, version int)"))
        await make_effects(reading)

    async def begin(self, admin: dict[Database, asyncpg.Connection], readers: int = 2) -> None:
        """Empty the databases; nothing may delete from the log but an administrator."""
        await admin[self.owner].execute(_RESET_OWNER)
        await admin[self.reading].execute(_RESET_READER)
        async with self.owner.reading() as session:
            log_id = (await session.execute(text("SELECT log_id FROM log_identity"))).scalar_one()
        async with self.reading.transaction() as session:
            await create_positions(session, READER, OWNER, log_id)
        await (await self.broker.topics()).ensure(TOPIC, PARTITIONS)
        await self.lead()
        self.readers = [self.a_reader() for _ in range(readers)]

    async def end(self) -> None:
        """Close what is open."""
        for key in list(self.open_writes):
            await self.abort(key)
        for reader in self.readers:
            await reader.leave()
        if self.connection is not None:
            await self.connection.close()

    # writers

    async def open_write(self, key: str) -> None:
        """Lock the aggregate, state its next fact, and leave the transaction open."""
        stack = AsyncExitStack()
        session = await stack.enter_async_context(self.owner.transaction())
        self._numbers += 1
        number = self._numbers
        if self.variant.states_before_lock:
            await writer.state(session, fact(key, number))
        else:
            await self.lock_key(session, key)
            await writer.state(session, fact(key, number))
        name = f"{key}#{number}" if self.variant.states_before_lock else key
        self.open_writes[name] = (stack, session, number)

    async def lock_key(self, session: AsyncSession, key: str) -> None:
        await session.execute(
            text(
                "INSERT INTO keys VALUES (:key, 1)"
                " ON CONFLICT (key) DO UPDATE SET version = keys.version + 1"
            ),
            {"key": key},
        )

    async def commit(self, name: str) -> None:
        stack, session, number = self.open_writes.pop(name)
        key = name.partition("#")[0]
        if self.variant.states_before_lock:
            await self.lock_key(session, key)
        await stack.aclose()
        self.committed[key].append(number)

    async def abort(self, name: str) -> None:
        stack, _, _ = self.open_writes.pop(name)
        abort = AbortError(name)
        with suppress(AbortError):
            await stack.__aexit__(AbortError, abort, None)

    async def write(self, *keys: str) -> None:
        for key in keys:
            await self.open_write(key)
            await self.commit(next(name for name in self.open_writes if name.startswith(key)))

    # relays

    async def lead(self) -> None:
        """A new relay takes over; the old process is gone, or only thinks it leads."""
        if self.connection is not None:
            self.connection.terminate()
            await self.connection.close()
        if self.relay is not None:
            self.old_relays.append(self.relay)
        url = self.owner.url.render_as_string(hide_password=False)
        for _ in range(200):
            self.connection = CrashingConnection(await connect_direct(url, name="world"))
            ledger = await Ledger.lead(self.connection)
            if ledger is not None:
                break
            await self.connection.close()
            await asyncio.sleep(0.01)
        else:
            raise AssertionError("the lock was not given back")
        limits = RelayLimits(number=3, rows=2)
        self.relay = self.variant.relay(OWNER, ledger, self.broker, limits)
        await self.relay.begin()

    async def relay_step(self, step: str, crash_after: int | None = None) -> None:
        """Do one step of the leader, dying after some statements; another leads then."""
        assert self.relay is not None
        assert self.connection is not None
        self.connection.left = crash_after
        try:
            await getattr(self.relay, step)()
        except Crash:
            await self.lead()
        assert self.connection is not None
        self.connection.left = None

    async def old_relay_sends(self) -> None:
        """A relay that no longer leads publishes what it still has in memory."""
        for relay in self.old_relays:
            with suppress(*DirectError, Crash):
                await relay.publish()

    async def pump(self) -> None:
        """Number and publish until nothing is left."""
        for _ in range(300):
            numbered = await self.relay.number()  # type: ignore[union-attr]
            published = await self.relay.publish()  # type: ignore[union-attr]
            if not numbered and not published and self._is_published():
                return
        raise AssertionError("the relay never comes to an end")

    def _is_published(self) -> bool:
        assert self.relay is not None
        return all(lane.mark == lane.last for lane in self.relay.lanes.values())

    # readers

    def a_reader(self) -> Reader:
        subscription = Subscription(READER, (OWNER,), self.variant.applier())
        reader = Reader(subscription, self.reading, self.broker, None)
        reader.taker = self.variant.taker(READER, self.reading, subscription.applier)
        if self.has_feed:
            reader.healer = Healer(reader.taker, self.feed, (OWNER,))
        return reader

    async def read(self, number: int = 0, crash_at: str | None = None) -> None:
        """One round of one reader; a crash replaces it by a new process."""
        if (reader := self.readers[number]).stopped:
            return
        reader._healed_at = 10.0**12  # healing is a step of its own here
        assert isinstance(reader.taker, CrashingTaker)
        reader.taker.crash_at = crash_at
        try:
            await reader.step()
        except Crash:
            await self.restart_reader(number)
        except GuardLostError:
            reader._generation = -1
            if self.variant.loser_stops:
                reader.stopped = "lost the guard"
        reader.taker.crash_at = None

    async def restart_reader(self, number: int) -> None:
        await self.readers[number].leave()
        self.readers[number] = self.a_reader()

    async def heal(self, number: int = 0) -> None:
        reader = self.readers[number]
        if reader.healer is None or reader.stopped:
            return
        with suppress(GuardLostError):
            await reader.healer.heal(reader._ours(), still=-1.0)
            if reader._source is not None and reader._generation == reader._source.generation:
                await reader._mend_offsets(reader._source)

    async def state_positions(self) -> None:
        """The owner hears how far the readers are."""
        async with self.reading.reading() as session:
            positions = await load_positions(session, READER)
        sequences = {part.partition: each.next_sequence for part, each in positions.items()}
        log_id = UUID(positions[OwnerPart(OWNER, 0)].log_id.decode())
        progress = ReaderProgress(
            reader=READER, owner=OWNER, log_id=log_id, next_sequences=sequences
        )
        async with self.owner.transaction() as session:
            await save_reader_progress(session, [progress])

    # what must hold

    async def verify(self) -> None:
        """What took effect is, per key, a beginning of what was committed: once, in order."""
        for key, numbers in (await effects_of(self.reading)).items():
            if numbers != self.committed[key][: len(numbers)]:
                raise ViolationError(f"{key} has {numbers}, committed was {self.committed[key]}")

    async def settle(self) -> None:
        """Let the faults stop; everything that was committed must arrive.

        Without the feed, readers go back to where Kafka begins: it must suffice.
        """
        for name in list(self.open_writes):
            await self.abort(name)
        self.broker.clear_faults()
        self.broker.deliver_late()
        await self.lead()
        await self.state_positions()
        await self.relay_step("check")
        await self.pump()
        for _ in range(30):
            for number, reader in enumerate(self.readers):
                if not self.has_feed:
                    await self._rewind(reader)
                await self.read(number)
                await self.heal(number)
            await self.verify()
            if await self._has_all():
                return
        raise ViolationError(f"not all of {dict(self.committed)} arrived")

    async def _has_all(self) -> bool:
        return await effects_of(self.reading) == {k: v for k, v in self.committed.items() if v}

    async def _rewind(self, reader: Reader) -> None:
        if reader._source is not None:
            for part in reader._parts:
                reader._source.seek(part, self.broker.log(*part).begin)
