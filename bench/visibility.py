"""How long after it was sent a row is in reporting's committed figures, beside Kafka alone.

Every order has a store of its own, so that the store's figures show when it has arrived. They are
read, from outside, whenever reporting's database tells of a commit.
"""

import asyncio
import json
import os
import random
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import quantiles
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.cpu import Meter
from bench.engines import Broker, Engines
from bench.load import Connection, connections, post
from bench.orders_batches import a_row
from bench.processes import Running, running_service
from services.reporting.projections.apply import CHANNEL
from shared.contracts.directory import StoreStated
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.registry.replica import keep
from tests.support.applications import a_token
from tests.support.eventually import eventually

CLIENTS = 40
FIRST = 60
POSTGRESQL = "PostgreSQL"
WARM_SECONDS = 2
ARRIVE_SECONDS = 60.0
HISTOGRAM = 'accept_to_visible_seconds_bucket{le="%s",owner="orders",reader="reporting"}'
_VISIBLE = "SELECT store_id FROM store_day WHERE store_id = ANY($1) AND orders_placed > 0"


@dataclass(frozen=True)
class Delays:
    """Milliseconds of the middle one and of all but one in a hundred."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Delays":
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(cuts[49] * 1000, cuts[98] * 1000)


@dataclass(frozen=True)
class Visibility:
    """`late` is how far the sender itself fell behind its schedule, at the 99th percentile."""

    visible: Delays
    answered: Delays
    kafka: Delays
    late: float
    rows: int
    within: float
    """The share of batches that reporting's own histogram has at 300 ms or less."""
    cpu: Mapping[str, float] = field(default_factory=dict)
    """CPU seconds of each process, the warming up included."""


class Watch:
    """Notes when each store's figures are first seen committed."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._told = asyncio.Event()
        self.waiting: set[str] = set()
        self.seen: dict[str, float] = {}

    async def run(self) -> None:
        await self._connection.add_listener(CHANNEL, lambda *_: self._told.set())
        while True:
            await self._told.wait()
            self._told.clear()
            rows = await self._connection.fetch(_VISIBLE, list(self.waiting))
            now = time.perf_counter()
            for (store_id,) in rows:
                self.seen[store_id] = now
                self.waiting.discard(store_id)


async def measure_visibility(engines: Engines, *, rate: int, seconds: int) -> Visibility:
    """Send `rate` orders a second for so long, and see when each has arrived."""
    with engines.broker() as broker:
        alone = await _kafka_alone(broker.bootstrap, rate, min(seconds, 10))
    async with engines.database("orders") as orders, engines.database("reporting") as reporting:
        stores = [f"store-{number}" for number in range(rate * (seconds + WARM_SECONDS))]
        first = [f"first-{number}" for number in range(FIRST)]
        await _open_stores(orders, [*first, *stores])
        token = await a_token(orders)
        with (
            engines.broker() as broker,
            _fleet(engines, orders, reporting, broker) as (accepting, showing),
        ):
            url, figures = accepting.url, showing.url
            async with _watching(reporting) as watch:
                await _wait_until_read(watch, url, token, first)
                before = _buckets(figures)
                meter = Meter(_processes(engines, broker, accepting, showing), tree=POSTGRESQL)
                sender = _Sender([_request(token, store_id) for store_id in stores], watch)
                await sender.run(url, stores, rate)
                await eventually(lambda: not watch.waiting, within_seconds=ARRIVE_SECONDS)
            after = _buckets(figures)
            within = (after[0] - before[0]) / (after[1] - before[1])
            found = sender.result(stores[WARM_SECONDS * rate :], alone, within)
            return replace(found, cpu=meter.seconds())


def _processes(
    engines: Engines, broker: Broker, accepting: Running, showing: Running
) -> dict[str, int]:
    found = {
        "orders": accepting.pid,
        "reporting": showing.pid,
        POSTGRESQL: engines.postgres.pid,
        "broker": broker.pid,
        "this program": os.getpid(),
    }
    return {name: pid for name, pid in found.items() if pid is not None}


@contextmanager
def _fleet(
    engines: Engines, orders: Database, reporting: Database, broker: Broker
) -> Iterator[tuple[Running, Running]]:
    kafka = broker.bootstrap
    with (
        running_service("orders", orders, engines, roles="api,relay", kafka=kafka) as accepting,
        running_service(
            "reporting",
            reporting,
            engines,
            roles="consumer",
            kafka=kafka,
            feeds={"orders": accepting.url},
        ) as showing,
    ):
        yield accepting, showing


async def _wait_until_read(watch: Watch, url: str, token: str, stores: list[str]) -> None:
    """Send orders until one arrives soon: until then the reader joins its group, and heals."""
    async with connections(url, 1) as [connection]:
        for store_id in stores:
            watch.waiting.add(store_id)
            await connection.send(_request(token, store_id))
            with suppress(AssertionError):
                await eventually(partial(watch.seen.get, store_id), within_seconds=1)
                return
    raise RuntimeError("reporting does not read")


class _Sender:
    """Sends by the clock, whether or not earlier requests were answered."""

    def __init__(self, requests: list[bytes], watch: Watch) -> None:
        self._requests = requests
        self._watch = watch
        self._sent: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._late: dict[str, float] = {}

    async def run(self, url: str, stores: list[str], rate: int) -> None:
        async with connections(url, CLIENTS) as opened, asyncio.TaskGroup() as tasks:
            free: asyncio.Queue[Connection] = asyncio.Queue()
            for connection in opened:
                free.put_nowait(connection)
            started = time.perf_counter()
            for place, (store_id, request) in enumerate(zip(stores, self._requests, strict=True)):
                due = started + place / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                self._watch.waiting.add(store_id)
                self._sent[store_id] = due
                tasks.create_task(self._send(free, store_id, request))

    async def _send(self, free: "asyncio.Queue[Connection]", store_id: str, request: bytes) -> None:
        connection = await free.get()
        self._late[store_id] = time.perf_counter() - self._sent[store_id]
        await connection.send(request)
        self._answered[store_id] = time.perf_counter()
        free.put_nowait(connection)

    def result(self, stores: list[str], kafka: Delays, within: float) -> Visibility:
        seen = self._watch.seen
        return Visibility(
            visible=Delays.of([seen[store] - self._sent[store] for store in stores]),
            answered=Delays.of([self._answered[store] - self._sent[store] for store in stores]),
            kafka=kafka,
            late=Delays.of([self._late[store] for store in stores]).p99,
            rows=len(stores),
            within=within,
        )


@asynccontextmanager
async def _watching(database: Database) -> AsyncIterator[Watch]:
    dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    watch = Watch(connection)
    watching = asyncio.ensure_future(watch.run())
    try:
        yield watch
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await connection.close()


async def _open_stores(database: Database, stores: list[str]) -> None:
    async with database.transaction() as session:
        for store_id in stores:
            await keep(session, _a_store(store_id))


def _a_store(store_id: str) -> StoreStated:
    return StoreStated(
        occurred_at=utc_now(), store_id=store_id, name=store_id, platform="tmall",
        timezone="Asia/Shanghai", day_start=0, currency="CNY", groups=[], is_open=True,
        settings={}, version=1,
    )  # fmt: skip


_chance = random.Random(11)


def _request(token: str, store_id: str) -> bytes:
    number = int(store_id.rpartition("-")[2])
    row = {**a_row(_chance, number), "store_id": store_id}
    return post("/v1/orders", json.dumps(row).encode(), token)


def _buckets(url: str) -> tuple[float, float]:
    """Return how many batches reporting saw within 300 ms, and how many there were."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if line[:1] != "#")
    return float(values.get(HISTOGRAM % "0.3", 0)), float(values.get(HISTOGRAM % "+Inf", 0))


async def _kafka_alone(bootstrap: str, rate: int, seconds: int) -> Delays:
    """Measure one record through the bare client, produced and consumed at the same rate."""
    topic = "bench-plain"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 12, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest",
        enable_auto_commit=False, fetch_max_wait_ms=100,
    )  # fmt: skip
    await producer.start()
    await consumer.start()
    delays: list[float] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_consume(consumer, rate * seconds, delays))
            await _produce(producer.send, topic, rate, seconds)
    finally:
        await producer.stop()
        await consumer.stop()
    return Delays.of(delays[rate:])


async def _produce(
    send: Callable[..., Awaitable[Any]], topic: str, rate: int, seconds: int
) -> None:
    started = time.perf_counter()
    for place in range(rate * seconds):
        due = started + place / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        await send(topic, json.dumps({"at": due, "filling": "x" * 1000}).encode())


async def _consume(consumer: AIOKafkaConsumer, count: int, delays: list[float]) -> None:
    async with asyncio.timeout(ARRIVE_SECONDS):
        async for record in consumer:
            delays.append(time.perf_counter() - json.loads(record.value)["at"])
            if len(delays) == count:
                return
