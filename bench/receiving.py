"""How many orders a second the API takes, beside pgbench with the statements it executes."""

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from bench.engines import Engines
from bench.load import post, requests_a_second
from bench.orders_batches import a_row
from bench.processes import running_service
from bench.statements import captured, pgbench
from services.orders.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import a_token, an_application, open_store

CLIENTS = 8
BATCH_CLIENTS = 2
BATCH_ROWS = 1_000
POOL = 5
"""Connections of the service, and of pgbench."""


@dataclass(frozen=True)
class Received:
    """Rows a second of both ways; `statements` is what one request executes."""

    what: str
    rows: float
    plain: float
    statements: int

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
            rows = await _one_by_one(orders.url, token, seconds)
            batch_rows = await _in_batches(orders.url, token, seconds)
        return [
            Received("POST /v1/orders", rows, plain_one.transactions, plain_one.statements),
            Received(
                "POST /v1/orders:batch",
                batch_rows,
                plain_batch.transactions * BATCH_ROWS,
                plain_batch.statements,
            ),
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


async def _one_by_one(url: str, token: str, seconds: int) -> float:
    warm = await requests_a_second(url, _some(_one, token, 200), clients=CLIENTS)
    count = max(int(warm * seconds), 100)
    return await requests_a_second(url, _some(_one, token, count), clients=CLIENTS)


async def _in_batches(url: str, token: str, seconds: int) -> float:
    warm = await requests_a_second(url, _some(_batch, token, 2), clients=BATCH_CLIENTS)
    count = max(int(warm * seconds), 4)
    done = await requests_a_second(url, _some(_batch, token, count), clients=BATCH_CLIENTS)
    return done * BATCH_ROWS


def _some(make: Any, token: str, count: int) -> Iterator[bytes]:
    return iter([make(token) for _ in range(count)])
