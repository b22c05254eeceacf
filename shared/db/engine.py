"""The engine and `transaction()`, the only place that commits."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import MetaData, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_metadata() -> MetaData:
    """Return metadata with the house's constraint names."""
    return MetaData(naming_convention=NAMING)


def dsn_of(url: str) -> str:
    """Return the URL as asyncpg reads it: `sslmode`, `sslrootcert` and `host` may stand in it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def async_url(url: str) -> URL:
    """Return the URL of a database for asyncpg, whatever driver the given one names."""
    return make_url(url).set(drivername="postgresql+asyncpg")


async def renew_snapshot(session: AsyncSession) -> None:
    """Let a reading session see what was committed until its next statement, and no later."""
    await session.rollback()
    await session.connection(
        execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    )


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """Let the pool connect again where the server hung up; the driver knows without asking.

    SQLAlchemy's own ping asks three times (begin, nothing, roll back) before every transaction.
    """
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class Database:
    """One service's database: a pool of connections that never overflows.

    `name` is shown as `application_name`. A transaction left idle by a paused process is ended by
    the server after `idle_seconds`, so that it cannot block its successor. `search_path` says
    where tables are looked for by their bare names, on every connection.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str,
        pool: int = 5,
        idle_seconds: int = 15,
        search_path: str | None = None,
    ) -> None:
        self.url = async_url(url)
        self.name = name
        dsn = dsn_of(url)
        settings = {
            "application_name": name,
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": str(idle_seconds * 1000),
            "lock_timeout": "5000",
            **({} if search_path is None else {"search_path": search_path}),
        }

        async def connect(*_: object, **_words: object) -> asyncpg.Connection:
            # SQLAlchemy's own reading of the URL knows no sslmode
            return await asyncpg.connect(dsn, server_settings=settings)

        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_size=pool,
            max_overflow=0,
            hide_parameters=True,  # an error's text may reach the log, a buyer's data must not
            async_creator=connect,
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession]:
        """Yield a session; commit when the block ends, roll back when it raises."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Yield a session over one snapshot in which nothing can be written."""
        async with self._sessions() as session:
            await renew_snapshot(session)
            yield session
            await session.rollback()

    @asynccontextmanager
    async def looking(self) -> AsyncGenerator[AsyncSession]:
        """Yield a session without a transaction, for a single look: one trip instead of three."""
        async with self._sessions() as session:
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            yield session

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[AsyncConnection]:
        """Yield a plain connection, without a transaction of its own making."""
        async with self.engine.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
