"""Databases of services, built by their migrations and copied, one for each module of tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from shared.db.engine import Database, async_url
from shared.db.migrations import run_migrations

ROLE = "shopfleet_test"
SECRET = "of no use elsewhere"
RESET_LANES = """
    UPDATE log_lanes SET last_sequence = 0, mark_sequence = 0, mark_offset = -1,
           trimmed_sequence = 0
"""
# a copy that gives the same numbers of the same log again is what a restore must never be
RENEW_LOG = "UPDATE log_identity SET log_id = gen_random_uuid()"
# all but those that the migrations fill; partitions are emptied through their parents
TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
      AND relname NOT IN ('alembic_version', 'log_identity', 'log_relay', 'log_lanes')
"""


class Databases:
    """Makes databases on one server: a template for each service, migrated once, then copies.

    They belong to a role that is no superuser, as in production, so that what the migrations take
    from it stays taken.
    """

    def __init__(self, admin_url: str) -> None:
        self._admin = make_url(admin_url)
        self._templates: dict[str, str] = {}
        self._made: list[str] = []
        self._numbers = count(1)
        self._emptiers: dict[str, asyncpg.Connection] = {}

    async def prepare(self) -> None:
        """Make the role, new each time."""
        await self._run(f"DROP ROLE IF EXISTS {ROLE}")
        await self._run(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{SECRET}'")

    async def create(self, service: str) -> str:
        """Return the URL of a new, migrated, empty database of a service."""
        if service not in self._templates:
            template = await self._make(service, "")
            await run_migrations(service, self._url(template))
            self._templates[service] = template
        name = await self._make(service, f"TEMPLATE {self._templates[service]}")
        await self._run(RENEW_LOG, name)
        return self._url(name)

    async def empty(self, database: Database) -> None:
        """Delete every row but those of the migrations; the log begins anew."""
        connection = await self._emptier_of(str(database.url.database))
        async with connection.transaction():
            names = [row[0] for row in await connection.fetch(TABLES)]
            looks = [f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names]
            for [name] in await connection.fetch(" UNION ALL ".join(looks)):
                await connection.execute(f'DELETE FROM "{name}"')
            await connection.execute(RESET_LANES)
            await connection.execute(RENEW_LOG)

    async def close(self) -> None:
        """Drop all of them."""
        for connection in self._emptiers.values():
            await connection.close()
        for name in self._made:
            await self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await self._run(f"DROP ROLE IF EXISTS {ROLE}")

    async def _emptier_of(self, name: str) -> asyncpg.Connection:
        """An administrator's connection in whose eyes rows have no order in which to go."""
        if name not in self._emptiers:
            url = self._admin.set(database=name).render_as_string(hide_password=False)
            self._emptiers[name] = await asyncpg.connect(url)
            await self._emptiers[name].execute("SET session_replication_role = replica")
        return self._emptiers[name]

    async def _make(self, service: str, how: str) -> str:
        name = f"test_{service}_{next(self._numbers)}"
        await self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await self._run(f"CREATE DATABASE {name} OWNER {ROLE} {how}")
        self._made.append(name)
        return name

    def _url(self, name: str) -> str:
        url: URL = self._admin.set(database=name, username=ROLE, password=SECRET)
        return url.render_as_string(hide_password=False)

    async def _run(self, statement: str, database: str | None = None) -> None:
        admin = self._admin.set(database=database or self._admin.database)
        url = async_url(admin.render_as_string(hide_password=False))
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()


@pytest.fixture(scope="session")
async def databases(postgres: str) -> AsyncIterator[Databases]:
    """The maker of databases; all it made is dropped at the end."""
    maker = Databases(postgres)
    await maker.prepare()
    yield maker
    await maker.close()


@asynccontextmanager
async def database_for(databases: Databases, service: str) -> AsyncIterator[Database]:
    """Open a new database of a service; close it at the end."""
    database = Database(await databases.create(service), name=f"{service}-test")
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(scope="module")
async def directory_database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "directory") as database:
        yield database


@pytest.fixture(scope="module")
async def orders_database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "orders") as database:
        yield database


@pytest.fixture(scope="module")
async def inventory_database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "inventory") as database:
        yield database


@pytest.fixture(scope="module")
async def reporting_database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "reporting") as database:
        yield database
