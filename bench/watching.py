"""Sees committed figures from outside, whenever reporting's database tells of a commit."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from services.reporting.projections.apply import CHANNEL
from shared.db.engine import Database

_VISIBLE = "SELECT store_id FROM store_day WHERE store_id = ANY($1) AND orders_placed > 0"


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


@asynccontextmanager
async def watching(database: Database) -> AsyncIterator[Watch]:
    """Watch reporting's tables over a connection of its own."""
    dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    watch = Watch(connection)
    running = asyncio.ensure_future(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
        await asyncio.wait({running})
        await connection.close()
