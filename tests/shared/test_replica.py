"""The registry's replica: the newest statement holds, whatever comes again or late."""

import asyncio
from collections.abc import AsyncIterator
from itertools import permutations

import pytest

from shared.contracts import directory
from shared.contracts.directory import SigningKeyStated, StoreStated
from shared.db.engine import Database
from shared.kernel.buckets import StoreCalendar
from shared.kernel.clock import utc_now
from shared.registry.accounts import find_signing_key
from shared.registry.replica import Registry, keep
from shared.registry.stores import StoreUnknownError, find_stores, wait_for_stores
from tests.support.applications import open_store
from tests.support.databases import Databases, database_for


@pytest.fixture(scope="module")
async def made(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        yield database


@pytest.fixture
async def database(databases: Databases, made: Database) -> Database:
    await databases.empty(made)
    return made


def stated(version: int) -> StoreStated:
    return StoreStated(
        occurred_at=utc_now(),
        store_id="s1",
        name=f"version {version}",
        platform="tmall",
        timezone="Asia/Shanghai",
        day_start=4,
        currency="CNY",
        groups=["south"],
        is_open=True,
        settings={"orders.chase_unpaid_hours": version},
        version=version,
    )


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
async def test_newest_statement_holds_in_any_order(
    database: Database, order: tuple[int, ...]
) -> None:
    for version in (*order, *order):
        async with database.transaction() as session:
            await keep(session, stated(version))

    async with database.reading() as session:
        store = (await find_stores(session, ["s1", "s9"]))["s1"]
    assert store.name == "version 3"
    assert store.calendar == StoreCalendar("Asia/Shanghai", 4)
    assert store.settings == {"orders.chase_unpaid_hours": 3}


async def test_newest_statement_of_a_batch_holds_beside_other_kinds(database: Database) -> None:
    key = SigningKeyStated(occurred_at=utc_now(), kid="k", jwk={"n": "1"}, is_revoked=False)
    async with database.transaction() as session:
        await keep(session, stated(1), key, stated(3), stated(2))

    async with database.reading() as session:
        assert (await find_stores(session, ["s1"]))["s1"].name == "version 3"
        assert await find_signing_key(session, "k") is not None


async def test_withdrawn_signing_key_stays_withdrawn(database: Database) -> None:
    for is_revoked in (False, True, False):
        async with database.transaction() as session:
            await keep(
                session,
                SigningKeyStated(occurred_at=utc_now(), kid="k", jwk={}, is_revoked=is_revoked),
            )

    async with database.reading() as session:
        key = await find_signing_key(session, "k")
    assert key is not None
    assert key.is_revoked


def test_everything_directory_states_is_kept() -> None:
    assert Registry.types == {event.type for event in directory.EVENTS}


async def test_store_opened_a_moment_ago_is_waited_for(database: Database) -> None:
    async def open_later() -> None:
        await asyncio.sleep(0.2)
        await open_store(database, "s7")

    async with asyncio.TaskGroup() as tasks, database.transaction() as session:
        tasks.create_task(open_later())
        stores = await wait_for_stores(session, ["s7"])

    assert stores["s7"].name == "Store s7"


async def test_unknown_store_is_refused_by_name(database: Database) -> None:
    await open_store(database, "s1")

    with pytest.raises(StoreUnknownError) as refused:
        async with database.transaction() as session:
            await wait_for_stores(session, ["s1", "s8"], pointer="/stores/1")

    assert refused.value.data == {"store_id": "s8"}
    assert refused.value.pointer == "/stores/1"
