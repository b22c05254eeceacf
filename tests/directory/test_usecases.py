"""Use cases as transactions: wholly or not at all, and in an order that readers can trust."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.roles import ROLES
from services.directory.schemas import NewStaff, NewStore, StoreChange
from services.directory.usecases.accounts import disable_staff, enter_staff
from services.directory.usecases.credentials import ensure_signing_key
from services.directory.usecases.seeding import seed
from services.directory.usecases.settings import change_company_settings, change_settings
from services.directory.usecases.stores import change_store, get_store, open_store
from shared.crypto import Sealer
from shared.db.engine import Database
from shared.kernel.refusals import NotFoundError
from shared.registry.accounts import find_staff
from shared.registry.stores import find_stores
from shared.web.callers import Caller, StoreForbiddenError
from shared.web.versions import VersionStaleError
from tests.support.databases import Databases, database_for
from tests.support.eventually import eventually
from tests.support.people import events, numbers

BOSS = Caller("boss", frozenset({"admin"}))
SEALER = Sealer(bytes(32), "signing keys")


class CrashError(Exception):
    """The process dies here."""


def a_store(**values: Any) -> NewStore:
    return NewStore(
        **{
            "store_id": f"u{next(numbers)}",
            "name": "x",
            "platform": "tmall",
            "timezone": "Asia/Shanghai",
            "currency": "CNY",
            **values,
        }
    )


async def open_one(database: Database) -> str:
    async with database.transaction() as session:
        row, _ = await open_store(session, BOSS, a_store())
    return row.store_id


async def count_of(session: AsyncSession, table: str) -> int:
    return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_crash_after_a_use_case_leaves_nothing(directory_database: Database) -> None:
    new = a_store()

    async def crash() -> None:
        async with directory_database.transaction() as session:
            await open_store(session, BOSS, new)
            raise CrashError

    with pytest.raises(CrashError):
        await crash()

    assert await events(directory_database, new.store_id) == []
    async with directory_database.reading() as session:
        assert await find_stores(session, [new.store_id]) == {}
        with pytest.raises(NotFoundError):
            await get_store(session, new.store_id)


async def test_own_replica_knows_with_the_commit(directory_database: Database) -> None:
    store_id = await open_one(directory_database)
    new = NewStaff(staff_number=f"U{next(numbers)}", name="x", roles=[], stores=[store_id])
    async with directory_database.transaction() as session:
        await enter_staff(session, BOSS, new)
    async with directory_database.transaction() as session:
        await disable_staff(session, BOSS, new.staff_number)

    async with directory_database.reading() as session:
        staff = await find_staff(session, new.staff_number)
        stores = await find_stores(session, [store_id])
    assert staff is not None
    assert not staff.is_enabled
    assert staff.stores == frozenset({store_id})
    assert stores[store_id].settings["orders.chase_unpaid_hours"] == 12


async def test_store_of_others_can_not_be_opened(directory_database: Database) -> None:
    caller = Caller("m", frozenset({"stores:write"}), stores=frozenset({"mine"}))

    with pytest.raises(StoreForbiddenError):
        async with directory_database.transaction() as session:
            await open_store(session, caller, a_store())


async def test_racing_changes_are_stated_in_the_order_of_their_versions(
    directory_database: Database,
) -> None:
    store_id = await open_one(directory_database)

    async def change(name: str) -> None:
        while True:
            async with directory_database.reading() as session:
                seen = (await get_store(session, store_id)).version
            try:
                async with directory_database.transaction() as session:
                    await change_store(
                        session, BOSS, store_id, seen=seen, change=StoreChange(name=name)
                    )
            except VersionStaleError:
                continue
            return

    await asyncio.gather(*(change(f"name {number}") for number in range(5)))

    versions = [stated["version"] for _, stated in await events(directory_database, store_id)]
    assert versions == [1, 2, 3, 4, 5, 6]


async def test_store_opened_while_the_company_changes_has_the_new_value(
    directory_database: Database,
) -> None:
    new = a_store()
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    async def open_beside() -> None:
        async with directory_database.transaction() as session:
            await open_store(session, BOSS, new)

    async def is_waiting() -> bool:
        async with directory_database.reading() as session:
            return bool((await session.execute(waits)).scalar_one())

    async with asyncio.TaskGroup() as tasks, directory_database.transaction() as session:
        company = await change_company_settings(session, BOSS, seen=1, change={"cs.case_hours": 7})
        tasks.create_task(open_beside())
        await eventually(is_waiting)
    async with directory_database.transaction() as session:
        await change_company_settings(
            session, BOSS, seen=company.version, change={"cs.case_hours": None}
        )

    stated = [
        each["settings"]["cs.case_hours"]
        for _, each in await events(directory_database, new.store_id)
    ]
    assert stated == [7, 24]


async def test_setting_what_already_holds_states_nothing(directory_database: Database) -> None:
    store_id = await open_one(directory_database)

    for seen in (1, 2, 2):
        async with directory_database.transaction() as session:
            row, _ = await change_settings(
                session, BOSS, store_id, seen=seen, change={"cs.case_hours": 9}
            )
        assert row.version == 2

    assert len(await events(directory_database, store_id)) == 2


async def test_stores_are_stated_anew_when_defaults_changed(databases: Databases) -> None:
    async with database_for(databases, "directory") as database:
        async with database.transaction() as session:
            await seed(session, SEALER)
        store_id = await open_one(database)
        async with database.transaction() as session:  # a store that an older version stated
            await session.execute(
                text("UPDATE company_settings SET defaults = defaults - 'orders.void_until'")
            )

        for _ in range(2):
            async with database.transaction() as session:
                await seed(session, SEALER)

        stated = [event["version"] for _, event in await events(database, store_id)]
    assert stated == [1, 2]


async def test_scopes_of_a_newer_version_are_granted_once(databases: Databases) -> None:
    async with database_for(databases, "directory") as database:
        async with database.transaction() as session:
            await seed(session, SEALER)
        async with database.transaction() as session:  # roles as an older version left them
            for table in ("company_settings", "roles"):
                await session.execute(
                    text(f"UPDATE {table} SET scopes = array_remove(scopes, 'webhooks:write')")
                )
            await session.execute(
                text("UPDATE roles SET scopes = '{reports:read}' WHERE role = 'finance'")
            )

        async with database.transaction() as session:
            await seed(session, SEALER)
        async with database.transaction() as session:  # the owner takes it back
            await session.execute(
                text(
                    "UPDATE roles SET scopes = array_remove(scopes, 'webhooks:write')"
                    " WHERE role = 'owner'"
                )
            )
            await seed(session, SEALER)
            found = await session.execute(text("SELECT role, scopes FROM roles"))
            scopes = {role: set(granted) for role, granted in found}

        (_, first), (_, second) = await events(database, "role:store_manager")
    assert "webhooks:write" in scopes["store_manager"]
    assert "webhooks:write" not in scopes["owner"]
    assert scopes["finance"] == {"reports:read"}
    assert set(second["scopes"]) == set(first["scopes"])
    assert second["version"] == 2


async def test_processes_that_start_together_seed_once(databases: Databases) -> None:
    async with database_for(databases, "directory") as database:

        async def start() -> str:
            async with database.transaction() as session:
                await seed(session, SEALER)
                row, _ = await ensure_signing_key(session, SEALER)
                return row.kid

        kids = await asyncio.gather(*(start() for _ in range(4)))

        async with database.reading() as session:
            counts = [await count_of(session, table) for table in ("roles", "signing_keys")]
            stated = await count_of(session, "event_log")
    assert len(set(kids)) == 1
    assert counts == [len(ROLES), 1]
    assert stated == len(ROLES) + 1
