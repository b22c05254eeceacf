"""The sessions that a database gives."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from shared.db.engine import Database
from tests.support.databases import Databases, database_for

_STATE = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        yield database


async def test_look_holds_no_transaction(database: Database) -> None:
    async with database.looking() as session, database.transaction() as other:
        pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        state = (await other.execute(_STATE, {"pid": pid})).scalar_one()

    assert state == "idle"


async def test_transaction_after_a_look_is_one_again(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    single = Database(url, name="single", pool=1)
    try:
        async with single.looking() as session:
            pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        async with single.transaction() as session, database.transaction() as other:
            again = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            state = (await other.execute(_STATE, {"pid": again})).scalar_one()
    finally:
        await single.close()

    assert (again, state) == (pid, "idle in transaction")
