"""Requests of one credential at the same moment: one of them asks who it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from shared.contracts.directory import ApiKeyStated
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.registry.replica import keep
from shared.web.authenticator import RegistryAuthenticator, hash_secret
from shared.web.callers import UnauthenticatedError
from tests.support.applications import a_token
from tests.support.databases import Databases, database_for
from tests.support.eventually import eventually

SECRET = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        await a_token(database)
        yield database


@pytest.fixture
def authenticator(database: Database) -> RegistryAuthenticator:
    return RegistryAuthenticator(database, patience=0)


async def issue_key(database: Database, key_id: str) -> None:
    stated = ApiKeyStated(
        occurred_at=utc_now(), key_id=key_id, name="ERP", secret_hash=hash_secret(SECRET),
        scopes=["orders:read"], stores=None, expires_at=None, is_revoked=False, version=1,
    )  # fmt: skip
    async with database.transaction() as session:
        await keep(session, stated)


@asynccontextmanager
async def counting_statements(database: Database) -> AsyncIterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_requests_at_once_are_identified_together(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    await issue_key(database, "busy")
    async with counting_statements(database) as statements:
        callers = await asyncio.gather(
            *(authenticator.authenticate(f"sf_busy_{SECRET}") for _ in range(20))
        )

    assert {caller.name for caller in callers} == {"busy"}
    assert sum("registry_api_keys" in statement for statement in statements) == 1


async def test_request_given_up_does_not_fail_who_waits_with_it(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    await issue_key(database, "shared")
    asking = [
        asyncio.ensure_future(authenticator.authenticate(f"sf_shared_{SECRET}")) for _ in range(3)
    ]
    await asyncio.sleep(0)  # all have asked, none is answered
    asking[0].cancel()

    callers = await asyncio.gather(*asking[1:])

    assert [caller.name for caller in callers] == ["shared", "shared"]


async def test_refusal_of_an_earlier_request_is_asked_once_more(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    credential = f"sf_later_{SECRET}"
    async with counting_statements(database) as statements, database.transaction() as session:
        await session.execute(text("LOCK TABLE registry_signing_keys"))
        earlier = asyncio.ensure_future(authenticator.authenticate(credential))
        await eventually(lambda: any("EXISTS" in statement for statement in statements))
        await issue_key(database, "later")  # the earlier request has looked before, in vain
        joined = asyncio.ensure_future(authenticator.authenticate(credential))
        await asyncio.sleep(0)

    with pytest.raises(UnauthenticatedError):
        await earlier
    assert (await joined).name == "later"
