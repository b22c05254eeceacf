"""How long after it was sent a row is in reporting's committed figures, beside Kafka alone.

Every order has a store of its own, so that the store's figures show when it has arrived. They are
read, from outside, whenever reporting's database tells of a commit.
"""

import os
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import text

from bench.cpu import POSTGRESQL, Meter
from bench.delays import Delays
from bench.engines import Broker, Engines
from bench.kafka_alone import kafka_alone
from bench.load import connections
from bench.processes import Running, running_service
from bench.sending import Sender, request_of
from bench.watching import Watch, watching
from shared.db.engine import Database
from tests.support.applications import a_token, open_store
from tests.support.eventually import eventually

FIRST = 60
WARM_SECONDS = 2
ARRIVE_SECONDS = 60.0
KAFKA_SECONDS = 5
HISTOGRAM = 'accept_to_visible_seconds_bucket{le="%s",owner="orders",reader="reporting"}'
_OPEN_STORES = text("""
    INSERT INTO registry_stores
    SELECT id, name, platform, timezone, day_start, currency, groups, is_open, settings, version
    FROM registry_stores, unnest(CAST(:ids AS text[])) AS id WHERE store_id = 'first-0'
""")


@dataclass(frozen=True)
class Visibility:
    """Orders at a steady rate, so many to a request; `late` is how far the sender fell behind."""

    orders_a_request: int
    visible: Delays
    answered: Delays
    late: Delays
    rows: int
    within: float
    """The share of batches that reporting's own histogram has at 300 ms or less."""
    cpu: Mapping[str, float]
    """CPU seconds of each process, the warming up included."""
    others: float
    """How many cores everything else on the machine used meanwhile."""


async def measure_visibility(
    engines: Engines, *, rate: int, seconds: int, orders_a_request: Sequence[int]
) -> tuple[Delays, list[Visibility]]:
    """Send `rate` orders a second for so long, and see when each has arrived; once for each way.

    Before it, see how long Kafka alone takes.
    """
    with engines.broker() as broker:
        alone = await kafka_alone(broker.bootstrap, rate, min(seconds, KAFKA_SECONDS))
    async with engines.database("orders") as orders, engines.database("reporting") as reporting:
        first = [f"first-{number}" for number in range(FIRST)]
        each = rate * (seconds + WARM_SECONDS)
        stores = [f"store-{number}" for number in range(each * len(orders_a_request))]
        await _open_stores(orders, [*first, *stores])
        token = await a_token(orders)
        with (
            engines.broker() as broker,
            _fleet(engines, orders, reporting, broker) as fleet,
        ):
            async with watching(reporting) as watch:
                await _wait_until_read(watch, fleet["orders"].url, token, first)
                processes = _processes(engines, broker, fleet)
                run = _Run(fleet, processes, watch, token, rate)
                found = [
                    await run.measure(stores[each * place : each * (place + 1)], count)
                    for place, count in enumerate(orders_a_request)
                ]
            return alone, found


@dataclass(frozen=True)
class _Run:
    """What every way is measured with."""

    fleet: Mapping[str, Running]
    processes: Mapping[str, int]
    watch: Watch
    token: str
    rate: int

    async def measure(self, stores: Sequence[str], count: int) -> Visibility:
        requests = [
            request_of(self.token, stores[place : place + count])
            for place in range(0, len(stores), count)
        ]
        before = _buckets(self.fleet["reporting"].url)
        meter = Meter(self.processes, tree=POSTGRESQL)
        sender = Sender(self.watch)
        await sender.run(self.fleet["orders"].url, requests, orders_a_second=self.rate)
        await eventually(lambda: not self.watch.waiting, within_seconds=ARRIVE_SECONDS)
        cpu, others = meter.seconds(), meter.others()
        after = _buckets(self.fleet["reporting"].url)
        warm = stores[WARM_SECONDS * self.rate :]
        return Visibility(
            orders_a_request=count,
            visible=sender.visible(warm),
            answered=sender.answered(warm),
            late=sender.late(warm),
            rows=len(stores),
            within=(after[0] - before[0]) / (after[1] - before[1]),
            cpu=cpu,
            others=others,
        )


def _processes(engines: Engines, broker: Broker, fleet: Mapping[str, Running]) -> dict[str, int]:
    found = {
        **{name: running.pid for name, running in fleet.items()},
        POSTGRESQL: engines.postgres.pid,
        "broker": broker.pid,
        "this program": os.getpid(),
    }
    return {name: pid for name, pid in found.items() if pid is not None}


@contextmanager
def _fleet(
    engines: Engines, orders: Database, reporting: Database, broker: Broker
) -> Iterator[dict[str, Running]]:
    kafka = broker.bootstrap
    with (
        running_service("orders", orders, engines, roles="api", kafka=kafka) as accepting,
        running_service("orders", orders, engines, roles="relay", kafka=kafka) as relaying,
        running_service(
            "reporting",
            reporting,
            engines,
            roles="consumer",
            kafka=kafka,
            feeds={"orders": accepting.url},
        ) as showing,
    ):
        yield {"orders": accepting, "relay": relaying, "reporting": showing}


async def _wait_until_read(watch: Watch, url: str, token: str, stores: list[str]) -> None:
    """Send orders until one arrives soon: until then the reader joins its group, and heals."""
    async with connections(url, 1) as [connection]:
        for store_id in stores:
            watch.waiting.add(store_id)
            await connection.send(request_of(token, [store_id]).content)
            with suppress(AssertionError):
                await eventually(partial(watch.seen.get, store_id), within_seconds=1)
                return
    raise RuntimeError("reporting does not read")


async def _open_stores(database: Database, stores: list[str]) -> None:
    """Let the replica know stores that are all as the first."""
    await open_store(database, stores[0])
    async with database.transaction() as session:
        await session.execute(_OPEN_STORES, {"ids": stores[1:]})


def _buckets(url: str) -> tuple[float, float]:
    """Return how many batches reporting saw within 300 ms, and how many there were."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    values = dict(line.rsplit(" ", 1) for line in lines if line[:1] != "#")
    return float(values.get(HISTOGRAM % "0.3", 0)), float(values.get(HISTOGRAM % "+Inf", 0))
