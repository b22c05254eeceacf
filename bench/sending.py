"""Sends orders by the clock, whether or not earlier requests were answered."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.delays import Delays
from bench.load import Connection, connections, post
from bench.orders_batches import a_row
from bench.watching import Watch

CLIENTS = 40

_chance = random.Random(11)


@dataclass(frozen=True)
class Request:
    """A request and the stores whose orders it states."""

    stores: Sequence[str]
    content: bytes


def request_of(token: str, stores: Sequence[str]) -> Request:
    """Return the request for an order of each store: a single POST, or a batch of several."""
    rows = [
        {**a_row(_chance, int(store_id.rpartition("-")[2])), "store_id": store_id}
        for store_id in stores
    ]
    if len(rows) == 1:
        return Request(stores, post("/v1/orders", json.dumps(rows[0]).encode(), token))
    return Request(stores, post("/v1/orders:batch", json.dumps(rows).encode(), token))


class Sender:
    """Sends requests at a steady rate and keeps the times, by store."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._due: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self._answered: dict[str, float] = {}

    async def run(self, url: str, requests: Sequence[Request], *, orders_a_second: int) -> None:
        """Send all of them, each at its time; return when all are answered."""
        async with connections(url, CLIENTS) as opened, asyncio.TaskGroup() as tasks:
            free: asyncio.Queue[Connection] = asyncio.Queue()
            for connection in opened:
                free.put_nowait(connection)
            started, sent = time.perf_counter(), 0
            for request in requests:
                due = started + sent / orders_a_second
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                self._watch.waiting.update(request.stores)
                self._due.update(dict.fromkeys(request.stores, due))
                tasks.create_task(self._send(free, request))
                sent += len(request.stores)

    async def _send(self, free: "asyncio.Queue[Connection]", request: Request) -> None:
        connection = await free.get()
        self._begun.update(dict.fromkeys(request.stores, time.perf_counter()))
        await connection.send(request.content)
        self._answered.update(dict.fromkeys(request.stores, time.perf_counter()))
        free.put_nowait(connection)

    def visible(self, stores: Sequence[str]) -> Delays:
        """From when they were due until they were seen."""
        return self._since(stores, self._watch.seen)

    def answered(self, stores: Sequence[str]) -> Delays:
        """From when they were due until they were answered."""
        return self._since(stores, self._answered)

    def late(self, stores: Sequence[str]) -> Delays:
        """From when they were due until they were sent."""
        return self._since(stores, self._begun)

    def _since(self, stores: Sequence[str], moments: dict[str, float]) -> Delays:
        return Delays.of([moments[store_id] - self._due[store_id] for store_id in stores])
