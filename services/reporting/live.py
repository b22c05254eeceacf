"""Live figures: who changed is heard from PostgreSQL, what it comes to is read by the planner."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any

from services.reporting.projections.apply import CHANNEL, EVERYTHING
from shared.db.engine import Database
from shared.web.stream import PING_SECONDS, StreamEvent

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

EVERY_SECONDS = 0.25
"""A stream sends at most four changes a second."""

LIFE_SECONDS = 600.0
"""A stream ends after so long; its reader comes back, and its rights are looked at again."""

_TICK_SECONDS = 1.0


class Follower:
    """What changed for one stream since it last looked; grows no further than the stores."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._woken = asyncio.Event()

    def wake(self, stores: Collection[str]) -> None:
        """Note that these stores changed."""
        self._changed.update(stores)
        self._woken.set()

    async def changes(self, within_seconds: float) -> set[str]:
        """Return the stores that changed, as soon as there are any; none after a while."""
        try:
            async with asyncio.timeout(within_seconds):
                await self._woken.wait()
        except TimeoutError:
            return set()
        self._woken.clear()
        changed, self._changed = self._changed, set()
        return changed


class Changes:
    """Hears of changed stores over one connection of its own, for all streams of a process.

    What is heard is a hint. After a lost connection everything counts as changed.
    """

    def __init__(self, database: Database) -> None:
        url = database.url.render_as_string(hide_password=False)
        self._database = Database(url, name=f"{database.name}-live", pool=1)
        self._followers: set[Follower] = set()
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._opening = asyncio.Lock()

    @property
    def followers(self) -> int:
        """Return how many streams follow."""
        return len(self._followers)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Follower]:
        """Yield a follower that hears of every change from here on."""
        follower = Follower()
        self._followers.add(follower)
        try:
            await self.listen()
            yield follower
        finally:
            self._followers.discard(follower)

    async def listen(self) -> None:
        """Listen, again if the connection was lost."""
        async with self._opening:
            if self._driver is not None and not self._driver.is_closed():
                return
            is_back = await self._drop()
            connection = await self._database.engine.connect()
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None:
                raise ConnectionError("no connection to listen on")
            await driver.add_listener(CHANNEL, self._hear)
            self._connection, self._driver = connection, driver
        if is_back:
            self._wake([EVERYTHING])

    async def close(self) -> None:
        """Let go of the connection."""
        await self._drop()
        await self._database.close()

    def _hear(self, _connection: object, _pid: int, _channel: str, note: str) -> None:
        self._wake([EVERYTHING] if note == EVERYTHING else json.loads(note))

    def _wake(self, stores: Collection[str]) -> None:
        for follower in self._followers:
            follower.wake(stores)

    async def _drop(self) -> bool:
        """Let go of the connection; return whether there was one."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection is None:
            return False
        await connection.invalidate()
        await connection.close()
        return True


Read = Callable[[Collection[str] | None], Awaitable[StreamEvent | None]]
"""Reads the figures of these stores, or a snapshot of all; None where none of them is followed."""


async def follow(
    changes: Changes, read: Read, is_stopping: Callable[[], Awaitable[bool]]
) -> AsyncGenerator[StreamEvent | None]:
    """Yield a snapshot, then changes, at most four a second, and None to ping.

    Ends after `LIFE_SECONDS` and when the process stops.
    """
    ends = monotonic() + LIFE_SECONDS
    async with changes.following() as follower:
        yield await read(None)
        sent_at = monotonic()
        while monotonic() < ends and not await is_stopping():
            changed = await follower.changes(_TICK_SECONDS)
            if changed:
                event = await read(None if EVERYTHING in changed else changed)
                if event is not None:
                    yield event
                    sent_at = monotonic()
                    await asyncio.sleep(EVERY_SECONDS)
            elif monotonic() - sent_at >= PING_SECONDS:
                await changes.listen()
                yield None
                sent_at = monotonic()
