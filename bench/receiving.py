"""How many orders a second the API takes, beside pgbench with the statements it executes."""

import asyncio
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bench.cpu import POSTGRESQL, Meter
from bench.engines import Engines
from bench.load import post, requests_a_second
from bench.orders_batches import a_row
from bench.processes import Running, running_service
from bench.statements import Plain, captured, pgbench
from services.orders.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import a_token, an_application, open_store

CLIENTS = 32
BATCH_CLIENTS = 2
BATCH_ROWS = 1_000
POOL = 5
"""Connections of the service, and of pgbench."""


@dataclass(frozen=True)
class Received:
    """Rows a second of both ways; `statements` is what one request executes.

    `cpu` has the CPU seconds that a row costs in the service and in PostgreSQL.
    """

    what: str
    rows: float
    plain: float
    statements: int
    cpu: Mapping[str, float]

    @property
    def ratio(self) -> float:
        return self.rows / self.plain


async def measure_receiving(engines: Engines, *, seconds: int) -> list[Received]:
    """Measure rows sent one by one, and a thousand at a time; each for about so many seconds."""
    async with engines.database("orders") as database:
        for store_id in _STORES:
            await open_store(database, store_id)
        token = await a_token(database)
        one, batch = await _scripts(engines, database)
        plain_one = await asyncio.to_thread(
            pgbench, engines, database, one, clients=POOL, seconds=seconds
        )
        plain_batch = await asyncio.to_thread(
            pgbench, engines, database, batch, clients=BATCH_CLIENTS, seconds=seconds
        )
        with running_service("orders", database, engines, roles="api") as orders:
            run = _Run(orders, {"orders": orders.pid, POSTGRESQL: engines.postgres.pid or 0}, token)
            return [
                await run.measure(_ONE, plain_one, seconds),
                await run.measure(_BATCH, plain_batch, seconds),
            ]


_STORES = [f"store-{number}" for number in range(300)]
_chance = random.Random(7)
_numbers = iter(range(10**9))


def an_order() -> dict[str, Any]:
    """A paid order of two lines, with a key of its own."""
    number = next(_numbers)
    store_id = _STORES[number % len(_STORES)]
    return {
        **a_row(_chance, number),
        "external_id": f"EXT-{_chance.getrandbits(64):016x}",
        "store_id": store_id,
    }


def _one(token: str) -> bytes:
    return post("/v1/orders", json.dumps(an_order()).encode(), token)


def _batch(token: str) -> bytes:
    rows = "\n".join(json.dumps(an_order()) for _ in range(BATCH_ROWS))
    return post("/v1/orders:batch", rows.encode(), token, kind="application/x-ndjson")


async def _scripts(engines: Engines, database: Database) -> tuple[list[str], list[str]]:
    """Return what one order and one batch execute, in the service's own application."""
    async with an_application("orders", database, SERVICE.routers) as client:

        async def send_one() -> None:
            _checked(await client.post("/v1/orders", json=an_order()))

        async def send_batch() -> None:
            rows = [an_order() for _ in range(BATCH_ROWS)]
            _checked(await client.post("/v1/orders:batch", json=rows))

        return (
            await captured(engines, database, send_one),
            await captured(engines, database, send_batch),
        )


def _checked(answer: httpx.Response) -> None:
    answer.raise_for_status()


@dataclass(frozen=True)
class _Way:
    """How rows are sent: so many to a request over so many connections."""

    path: str
    make: Callable[[str], bytes]
    rows: int
    clients: int
    warm: int
    least: int


_ONE = _Way("/v1/orders", _one, rows=1, clients=CLIENTS, warm=200, least=100)
_BATCH = _Way("/v1/orders:batch", _batch, BATCH_ROWS, clients=BATCH_CLIENTS, warm=2, least=4)


@dataclass(frozen=True)
class _Run:
    """What both ways are measured with."""

    service: Running
    processes: Mapping[str, int]
    token: str

    async def measure(self, way: _Way, plain: Plain, seconds: int) -> Received:
        """Send for about so many seconds, after a few requests to get warm."""
        warm = await self._requests_a_second(way, way.warm)
        count = max(int(warm * seconds), way.least)
        meter = Meter(self.processes, tree=POSTGRESQL)
        done = await self._requests_a_second(way, count)
        return Received(
            f"POST {way.path}",
            done * way.rows,
            plain.transactions * way.rows,
            plain.statements,
            {name: spent / (count * way.rows) for name, spent in meter.seconds().items()},
        )

    async def _requests_a_second(self, way: _Way, count: int) -> float:
        requests = iter([way.make(self.token) for _ in range(count)])
        return await requests_a_second(self.service.url, requests, clients=way.clients)
