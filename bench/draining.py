"""How fast reporting drains Kafka into committed tables, beside a bare consumer of the topic."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text

from bench.engines import Broker, Engines
from bench.reporting_traffic import order_events
from services.reporting.projections.hearing import Hearing
from services.reporting.tables import FIGURES
from shared.contracts.catalogue import PARTITIONS, topic_of
from shared.contracts.envelope import Event
from shared.db.engine import Database
from shared.kafka.cluster import FETCH_BYTES, PARTITION_FETCH_BYTES
from shared.log.positions import create_positions
from shared.log.reader import Reader, Subscription
from shared.log.relay_role import RelayRole
from shared.log.writer import state
from tests.support.eventually import eventually

OWNER = "orders"
TOPIC = topic_of(OWNER)
DEADLINE_SECONDS = 120.0
STATED_AT_ONCE = 2_000
TABLES = tuple(table.name for table in FIGURES)


@dataclass(frozen=True)
class Drained:
    """Events a second of both, and what they read."""

    events: int
    stores: int
    bare: float
    reader: float
    rows: dict[str, int]

    @property
    def ratio(self) -> float:
        return self.reader / self.bare


async def measure_draining(engines: Engines, *, events: int, stores: int) -> Drained:
    """Fill a topic through writer and relay, then read it bare and with reporting's reader."""
    async with (
        engines.database(OWNER) as owner,
        engines.database("reporting") as reporting,
    ):
        with engines.broker() as broker:
            async with _relay(owner, broker):
                count = await _fill(owner, order_events(events, stores=stores))
            bare = await _read_bare(broker.bootstrap, count)
            await _enrol(owner, reporting)
            reader = await _read(reporting, broker, count)
            bare = (bare + await _read_bare(broker.bootstrap, count)) / 2
        return Drained(count, stores, count / bare, count / reader, await _rows(reporting))


@asynccontextmanager
async def _relay(owner: Database, broker: Broker) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(RelayRole(OWNER, owner, broker.cluster("bench-relay")).run(stop))
        try:
            yield
        finally:
            stop.set()


async def _fill(owner: Database, events: Iterable[Event]) -> int:
    """State events and wait until the relay has published all of them."""
    count = 0
    source = iter(events)
    while chunk := list(islice(source, STATED_AT_ONCE)):
        async with owner.transaction() as session:
            await state(session, *chunk)
        count += len(chunk)

    async def is_published() -> bool:
        return await _published(owner) >= count

    await eventually(is_published, within_seconds=DEADLINE_SECONDS)
    return count


async def _published(owner: Database) -> int:
    async with owner.reading() as session:
        found = await session.execute(text("SELECT sum(mark_sequence) FROM log_lanes"))
        return int(found.scalar_one())


async def _read_bare(bootstrap: str, count: int) -> float:
    """Return the seconds in which aiokafka alone hands over every record."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=PARTITION_FETCH_BYTES,
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(TOPIC, number) for number in range(PARTITIONS)])
        started = time.perf_counter()
        async with asyncio.timeout(DEADLINE_SECONDS):
            seen = 0
            while seen < count:
                found = await consumer.getmany(timeout_ms=200, max_records=20_000)
                seen += sum(len(records) for records in found.values())
        return time.perf_counter() - started
    finally:
        await consumer.stop()


async def _enrol(owner: Database, reporting: Database) -> None:
    """Let the reader begin at the first event; without a feed, so that all comes from Kafka."""
    async with owner.reading() as session:
        log_id = (await session.execute(text("SELECT log_id FROM log_identity"))).scalar_one()
    async with reporting.transaction() as session:
        await create_positions(session, "reporting", OWNER, log_id)


async def _read(reporting: Database, broker: Broker, count: int) -> float:
    """Return the seconds from the first step that brings events to the last commit."""
    subscription = Subscription("reporting", (OWNER,), Hearing())
    reader = Reader(subscription, reporting, broker.cluster("bench-reader"), None)
    try:
        seen, started = 0, 0.0
        async with asyncio.timeout(DEADLINE_SECONDS):
            while seen < count:
                began = time.perf_counter()
                accepted = await reader.step()
                if not seen:
                    started = began
                seen += accepted
        return time.perf_counter() - started
    finally:
        await reader.leave()


async def _rows(reporting: Database) -> dict[str, int]:
    async with reporting.reading() as session:
        return {
            table: (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in TABLES
        }
