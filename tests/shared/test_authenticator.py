"""Who calls, by token or key, and when it ends."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from shared.contracts.directory import ApiKeyStated, RoleStated, SigningKeyStated, StaffStated
from shared.contracts.envelope import Event
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.registry.replica import keep
from shared.web.authenticator import (
    ISSUER,
    RegistryAuthenticator,
    RegistryAwaitedError,
    build_authenticator,
    hash_secret,
)
from shared.web.callers import Caller, UnauthenticatedError
from tests.support.applications import KID, REVOKED_SECONDS, SIGNING_KEY, a_token, some_settings
from tests.support.databases import Databases, database_for
from tests.support.eventually import eventually

SECRET = "0123456789abcdef" * 4
COMPANY = {"oidc_issuer": "https://login.example", "oidc_audience": "shopfleet"}


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        await a_token(database)
        yield database


@pytest.fixture
def authenticator(database: Database) -> RegistryAuthenticator:
    return RegistryAuthenticator(database, patience=0)


async def tell(database: Database, *events: Event) -> None:
    async with database.transaction() as session:
        await keep(session, *events)


def a_key(key_id: str, **values: Any) -> ApiKeyStated:
    return ApiKeyStated(
        **{
            "occurred_at": utc_now(),
            "key_id": key_id,
            "name": "ERP",
            "secret_hash": hash_secret(SECRET),
            "scopes": ["orders:read"],
            "stores": ["s1"],
            "expires_at": None,
            "is_revoked": False,
            "version": 1,
            **values,
        }
    )


def some_staff(staff_number: str, *roles: str, **values: Any) -> StaffStated:
    return StaffStated(
        **{
            "occurred_at": utc_now(),
            "staff_number": staff_number,
            "name": "x",
            "roles": list(roles),
            "stores": None,
            "is_enabled": True,
            "version": 1,
            **values,
        }
    )


def a_role(role: str, *scopes: str, version: int = 1) -> RoleStated:
    return RoleStated(
        occurred_at=utc_now(), role=role, names={}, scopes=list(scopes), version=version
    )


async def expect_refused(authenticator: RegistryAuthenticator, credential: str) -> None:
    with pytest.raises(UnauthenticatedError):
        await authenticator.authenticate(credential)


async def test_api_key_is_its_scopes_and_stores(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    await tell(database, a_key("good"))

    caller = await authenticator.authenticate(f"sf_good_{SECRET}")

    assert caller == Caller("good", frozenset({"orders:read"}), stores=frozenset({"s1"}))


async def test_other_api_keys_are_refused(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    past = utc_now() - timedelta(seconds=1)
    await tell(
        database, a_key("known"), a_key("past", expires_at=past), a_key("gone", is_revoked=True)
    )

    for credential in (
        f"sf_known_{SECRET[:-1]}",
        f"sf_known_{SECRET}0",
        f"sf_unknown_{SECRET}",
        f"sf_past_{SECRET}",
        f"sf_gone_{SECRET}",
        "sf_",
        "sf_known_",
        f"sf_known' OR true --_{SECRET}",
        f"sf_known_{SECRET}\0",
    ):
        await expect_refused(authenticator, credential)


async def test_revoked_key_stops_within_a_second(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    await tell(database, a_key("soon"))
    await authenticator.authenticate(f"sf_soon_{SECRET}")

    await tell(database, a_key("soon", is_revoked=True, version=2))

    async def is_refused() -> bool:
        try:
            await authenticator.authenticate(f"sf_soon_{SECRET}")
        except UnauthenticatedError:
            return True
        return False

    await eventually(is_refused, within_seconds=REVOKED_SECONDS)


async def test_key_that_is_on_its_way_is_waited_for(database: Database) -> None:
    patient = RegistryAuthenticator(database, patience=30.0)
    started = time.monotonic()

    async def arrive() -> None:
        await tell(database, a_key("late"))

    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(patient.authenticate(f"sf_late_{SECRET}"))
        await asyncio.sleep(0.2)
        tasks.create_task(arrive())

    assert asking.result().name == "late"
    assert time.monotonic() - started < 20


async def test_service_that_has_heard_nothing_asks_to_come_again(databases: Databases) -> None:
    async with database_for(databases, "notes") as empty:
        authenticator = RegistryAuthenticator(empty, patience=0)

        with pytest.raises(RegistryAwaitedError) as refused:
            await authenticator.authenticate(f"sf_key_{SECRET}")

    assert refused.value.status == 503
    assert refused.value.data["retry_after_seconds"] == 1


async def test_many_unknown_keys_do_not_all_wait(database: Database) -> None:
    patient = RegistryAuthenticator(database, patience=2.0)
    started = time.monotonic()

    answers = await asyncio.gather(
        *(patient.authenticate(f"sf_none{number}_{SECRET}") for number in range(60)),
        return_exceptions=True,
    )

    assert all(isinstance(answer, UnauthenticatedError) for answer in answers)
    assert time.monotonic() - started < 20


async def test_use_of_a_key_is_noted_once_a_minute(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    await tell(database, a_key("used"))
    noted = text("SELECT last_used_at FROM api_key_uses WHERE key_id = 'used'")

    await authenticator.authenticate(f"sf_used_{SECRET}")
    async with database.reading() as session:
        first = (await session.execute(noted)).scalar_one()
    authenticator._known.clear()
    await authenticator.authenticate(f"sf_used_{SECRET}")
    async with database.reading() as session:
        second = (await session.execute(noted)).scalar_one()

    assert first == second
    assert utc_now() - first < timedelta(seconds=30)


async def test_token_is_its_bearers_roles_and_stores(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    token = await a_token(database, scopes=["orders:read", "cs:read"], stores=["s1", "s2"])

    caller = await authenticator.authenticate(token)

    assert caller.scopes == {"orders:read", "cs:read"}
    assert caller.stores == frozenset({"s1", "s2"})


async def test_token_narrows_and_never_widens(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    token = await a_token(
        database,
        scopes=["orders:read", "cs:read"],
        stores=["s1", "s2"],
        roles=["administrator"],
    )
    claims = jwt.decode(token, options={"verify_signature": False})

    async def caller_with(**changed: Any) -> Caller:
        body = {**claims, "roles": None, **changed}
        signed = jwt.encode(body, SIGNING_KEY, "EdDSA", headers={"kid": KID})
        return await authenticator.authenticate(signed)

    scoped = await caller_with(scopes=["orders:read", "refunds:pay"])
    bold = await caller_with(scopes=["admin"], stores=["s2", "s3"])
    roleless = await authenticator.authenticate(token)

    assert scoped.scopes == {"orders:read"}
    assert bold.scopes == {"orders:read", "cs:read"}
    assert bold.stores == frozenset({"s2"})
    assert roleless.scopes == frozenset()


async def test_forged_tokens_are_refused(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    good = await a_token(database)
    claims = jwt.decode(good, options={"verify_signature": False})
    other = Ed25519PrivateKey.generate()
    public = SIGNING_KEY.public_key().public_bytes_raw()
    kid = {"kid": KID}

    for credential in (
        jwt.encode(claims, other, "EdDSA", headers=kid),
        jwt.encode(claims, SIGNING_KEY, "EdDSA", headers={"kid": "unknown"}),
        jwt.encode(claims, SIGNING_KEY, "EdDSA"),
        jwt.encode(claims, "", "none", headers=kid),
        jwt.encode(claims, public, "HS256", headers=kid),
        jwt.encode({**claims, "iss": "another"}, SIGNING_KEY, "EdDSA", headers=kid),
        jwt.encode({**claims, "exp": 1}, SIGNING_KEY, "EdDSA", headers=kid),
        jwt.encode({**claims, "sub": "nobody"}, SIGNING_KEY, "EdDSA", headers=kid),
        jwt.encode({"iss": ISSUER, "sub": claims["sub"]}, SIGNING_KEY, "EdDSA", headers=kid),
        good[:-4],
        good + "x",
        "a.b.c",
        "",
        "名",
    ):
        await expect_refused(authenticator, credential)
    await authenticator.authenticate(good)


async def test_disabled_account_and_withdrawn_key_end_tokens(
    database: Database, authenticator: RegistryAuthenticator
) -> None:
    await tell(database, some_staff("S-off", is_enabled=False))
    public = jwt.get_algorithm_by_name("EdDSA").to_jwk(SIGNING_KEY.public_key(), as_dict=True)
    await tell(
        database,
        SigningKeyStated(occurred_at=utc_now(), kid="withdrawn", jwk=public, is_revoked=True),
    )
    good = await a_token(database)
    claims = jwt.decode(good, options={"verify_signature": False})

    disabled = jwt.encode({**claims, "sub": "S-off"}, SIGNING_KEY, "EdDSA", headers={"kid": KID})
    withdrawn = jwt.encode(claims, SIGNING_KEY, "EdDSA", headers={"kid": "withdrawn"})

    await expect_refused(authenticator, disabled)
    await expect_refused(authenticator, withdrawn)


async def test_internal_secret_reads_feeds_and_nothing_else(database: Database) -> None:
    settings = some_settings(database)
    authenticator = build_authenticator(database, settings, patience=0)

    caller = await authenticator.authenticate(settings.internal_secret.get_secret_value())

    assert caller.scopes == {"feed:read"}
