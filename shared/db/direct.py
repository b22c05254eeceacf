"""A direct, unpooled connection: for locks that live as long as their session."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import asyncpg

from shared.db.engine import dsn_of

DirectError = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server that dies at a bad moment leaves its client in a knot
    OSError,
)
"""What a direct connection raises; the server ends one that stood idle."""

Row = Sequence[Any]


class DirectConnection(Protocol):
    """The part of asyncpg's connection that is used; one statement at a time."""

    async def fetch(self, query: str, *args: object) -> Sequence[Row]: ...  # noqa: D102
    async def fetchrow(self, query: str, *args: object) -> Row | None: ...  # noqa: D102
    async def fetchval(self, query: str, *args: object) -> Any: ...  # noqa: D102
    async def execute(self, query: str, *args: object) -> str: ...  # noqa: D102
    def transaction(self) -> AbstractAsyncContextManager[object]: ...  # noqa: D102
    async def close(self) -> None: ...  # noqa: D102
    def terminate(self) -> None: ...  # noqa: D102


async def connect_direct(
    url: str, *, name: str, idle_seconds: float = 5.0, command_seconds: float = 10.0
) -> DirectConnection:
    """Connect; the server ends the session, with its locks, when nothing is said for so long.

    So a paused process cannot block its successor. Raises one of `DirectError` or
    `TimeoutError`.
    """
    idle = str(int(idle_seconds * 1000))
    connection: DirectConnection = await asyncpg.connect(
        dsn_of(url),
        timeout=command_seconds,
        command_timeout=command_seconds,
        server_settings={
            "application_name": name,
            "timezone": "UTC",
            "idle_session_timeout": idle,
            "idle_in_transaction_session_timeout": idle,
            "lock_timeout": idle,
        },
    )
    return connection


async def close_direct(connection: DirectConnection) -> None:
    """Close politely within two seconds, else cut the connection; never raises."""
    try:
        await connection.close(timeout=2)  # type: ignore[call-arg]
    except (*DirectError, TimeoutError):
        connection.terminate()
