"""Processes of the log that die at a chosen step."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.direct import DirectConnection, close_direct
from shared.log.parking import Parking
from shared.log.taking import Batch, Taker
from tests.support.broker import Crash


class CrashingConnection:
    """A direct connection whose process dies at a chosen statement or commit."""

    def __init__(self, connection: DirectConnection) -> None:
        self.connection = connection
        self.left: int | None = None
        """Statements and commits that are still allowed; None allows all."""

    def _pass(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Crash("on the lock's connection")

    async def fetch(self, query: str, *args: object) -> Any:
        self._pass()
        return await self.connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Any:
        self._pass()
        return await self.connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> Any:
        self._pass()
        return await self.connection.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        self._pass()
        return await self.connection.execute(query, *args)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        async with self.connection.transaction():
            yield
            self._pass()  # dead before the commit
        self._pass()  # dead after it

    async def close(self, **_: object) -> None:
        await close_direct(self.connection)

    def terminate(self) -> None:
        self.connection.terminate()


class CrashingTaker(Taker):
    """Takes like its parent and dies where it is told."""

    crash_at: str | None = None

    def die(self, where: str) -> None:
        if self.crash_at == where:
            self.crash_at = None
            raise Crash(where)

    async def commit(self, batch: Batch) -> None:
        self.die("before the guard")
        await super().commit(batch)
        self.die("after the commit")

    async def effect(self, session: AsyncSession, batch: Batch) -> Parking:
        self.die("after the guard")
        parking = await super().effect(session, batch)
        self.die("before the commit")
        return parking
