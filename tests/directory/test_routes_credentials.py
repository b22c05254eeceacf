"""Tokens, API keys and signing keys over HTTP."""

from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI

from services.directory.app import SERVICE
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from tests.support.applications import REVOKED_SECONDS, application_of_service, calling
from tests.support.eventually import eventually
from tests.support.people import BOOTSTRAP, enter, events, kind_of, log_in, numbers, pointers


async def test_token_works_at_once_and_ends_with_its_account(
    boss: httpx.AsyncClient, application: FastAPI
) -> None:
    number = await enter(boss, "ecommerce_head")
    async with calling(application, await log_in(boss, number)) as head:
        before = await head.get("/v1/stores")
        await boss.post(f"/v1/staff/{number}/disabling")

        async def is_refused() -> bool:
            return (await head.get("/v1/stores")).status_code == 401

        await eventually(is_refused, within_seconds=REVOKED_SECONDS)
        again = await boss.post("/v1/tokens", json={"staff_number": number})

    assert before.status_code == 200
    assert (again.status_code, kind_of(again)) == (409, "staff-disabled")


async def test_change_of_a_role_reaches_tokens_already_issued(
    boss: httpx.AsyncClient, application: FastAPI
) -> None:
    role = f"reader_{next(numbers)}"
    body = {"names": {"zh": "读者", "en": "Reader"}, "scopes": ["stores:read"]}
    made = await boss.put(f"/v1/roles/{role}", json=body)
    async with calling(application, await log_in(boss, await enter(boss, role))) as reader:
        before = await reader.get("/v1/stores")
        await boss.put(
            f"/v1/roles/{role}",
            json={**body, "scopes": []},
            headers={"If-Match": made.headers["ETag"]},
        )

        async def is_forbidden() -> bool:
            return (await reader.get("/v1/stores")).status_code == 403

        await eventually(is_forbidden, within_seconds=REVOKED_SECONDS)

    assert before.status_code == 200


async def test_token_carries_its_claims_and_is_verified_by_the_published_key(
    boss: httpx.AsyncClient, application: FastAPI, store: str
) -> None:
    number = await enter(boss, "store_manager", stores=[store])

    token = await log_in(boss, number, scopes=["orders:read"], expires_in=60)

    async with calling(application) as stranger:
        keys = jwt.PyJWKSet.from_dict((await stranger.get("/v1/jwks")).json())
    kid = jwt.get_unverified_header(token)["kid"]
    claims = jwt.decode(token, keys[kid], algorithms=["EdDSA"], issuer="shopfleet")
    assert claims["sub"] == number
    assert claims["roles"] == ["store_manager"]
    assert claims["scopes"] == ["orders:read"]
    assert claims["exp"] - claims["iat"] == 60
    async with calling(application, token) as narrowed:
        answer = await narrowed.get("/v1/stores")
    assert (answer.status_code, answer.json()["scope"]) == (403, "stores:read")


@pytest.mark.parametrize("expires_in", [0, 59, 31 * 86_400 + 1, 3600.5, "3600"])
async def test_token_of_another_length_is_refused(boss: httpx.AsyncClient, expires_in: Any) -> None:
    answer = await boss.post(
        "/v1/tokens", json={"staff_number": "nobody", "expires_in": expires_in}
    )

    assert answer.status_code == 422


async def test_token_of_nobody_is_refused(boss: httpx.AsyncClient) -> None:
    answer = await boss.post("/v1/tokens", json={"staff_number": "nobody"})

    assert (answer.status_code, kind_of(answer)) == (422, "staff-unknown")
    assert pointers(answer) == ["/staff_number"]


async def test_issuer_gives_no_more_than_they_have(
    boss: httpx.AsyncClient, application: FastAPI, store: str
) -> None:
    owner = await log_in(boss, await enter(boss, "owner", stores=[store]))
    finance = await enter(boss, "finance", stores=[store])
    async with calling(application, owner) as issuer:
        answer = await issuer.post("/v1/tokens", json={"staff_number": finance})
        asked = await issuer.post(
            "/v1/tokens", json={"staff_number": finance, "scopes": ["payments:correct"]}
        )

    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert "payments:correct" not in claims["scopes"]
    assert "orders:read" in claims["scopes"]
    assert asked.status_code == 403


async def test_api_key_is_shown_once_works_and_is_revoked(
    boss: httpx.AsyncClient, application: FastAPI, store: str, directory_database: Database
) -> None:
    body = {"name": "ERP", "scopes": ["stores:read"], "stores": [store]}
    headers = {"Idempotency-Key": f"k{next(numbers)}"}

    issued = await boss.post("/v1/api-keys", json=body, headers=headers)
    again = await boss.post("/v1/api-keys", json=body, headers=headers)

    assert issued.status_code == 201, issued.text
    assert again.json() == issued.json()
    key, key_id = issued.json()["key"], issued.json()["key_id"]
    assert key.startswith(f"sf_{key_id}_")
    ((_, stated),) = await events(directory_database, f"key:{key_id}")
    assert key.rpartition("_")[2] not in str(stated)
    async with calling(application, key) as integration:
        seen = (await integration.get("/v1/stores")).json()["items"]
        listed = (await boss.get("/v1/api-keys?limit=500")).json()["items"]
        revoked = await boss.post(f"/v1/api-keys/{key_id}/revocation")

        async def is_refused() -> bool:
            return (await integration.get("/v1/stores")).status_code == 401

        await eventually(is_refused, within_seconds=REVOKED_SECONDS)
    assert [each["store_id"] for each in seen] == [store]
    (mine,) = [each for each in listed if each["key_id"] == key_id]
    assert mine["last_used_at"] is not None
    assert "key" not in mine
    assert revoked.json()["is_revoked"] is True
    assert (await boss.post(f"/v1/api-keys/{key_id}/revocation")).json() == revoked.json()


async def test_bad_api_key_is_refused(boss: httpx.AsyncClient) -> None:
    body = {"name": "ERP", "scopes": ["stores:read"], "stores": None}
    past = (utc_now() - timedelta(seconds=1)).isoformat()

    async def ask(key: str | None, **values: Any) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return await boss.post("/v1/api-keys", json={**body, **values}, headers=headers)

    keyless = await ask(None)
    answers = [
        await ask("bad-1", scopes=["orders:eat"]),
        await ask("bad-2", scopes=[]),
        await ask("bad-3", stores=["nowhere"]),
        await ask("bad-4", expires_at=past),
        await ask("bad-5", expires_at="2030-01-01T00:00:00"),
    ]

    assert (keyless.status_code, kind_of(keyless)) == (400, "idempotency-key-missing")
    assert [pointers(each) for each in answers] == [
        ["/scopes/0"],
        ["/scopes"],
        ["/stores/0"],
        ["/expires_at"],
        ["/expires_at"],
    ]


async def test_api_keys_are_limited_by_who_issues_them(
    boss: httpx.AsyncClient, application: FastAPI, store: str
) -> None:
    token = await log_in(boss, await enter(boss, "owner", stores=[store]))
    foreign = await boss.post(
        "/v1/api-keys",
        json={"name": "all", "scopes": ["admin"], "stores": None},
        headers={"Idempotency-Key": f"k{next(numbers)}"},
    )
    async with calling(application, token, **{"Idempotency-Key": f"k{next(numbers)}"}) as owner:
        body = {"name": "x", "scopes": ["payments:correct"], "stores": [store]}
        scope = await owner.post("/v1/api-keys", json=body)
        wide = await owner.post(
            "/v1/api-keys", json={**body, "scopes": ["orders:read"], "stores": None}
        )
        listed = (await owner.get("/v1/api-keys")).json()["items"]
        revoking = await owner.post(f"/v1/api-keys/{foreign.json()['key_id']}/revocation")

    assert (scope.status_code, wide.status_code, revoking.status_code) == (403, 403, 404)
    assert foreign.json()["key_id"] not in {each["key_id"] for each in listed}


async def test_rotation_keeps_old_tokens_or_ends_them(
    boss: httpx.AsyncClient, application: FastAPI
) -> None:
    number = await enter(boss, "ecommerce_head")
    old = await log_in(boss, number)

    async def rotate(**how: Any) -> httpx.Response:
        headers = {"Idempotency-Key": f"k{next(numbers)}"}
        return await boss.post("/v1/signing-keys:rotation", json=how, headers=headers)

    kept = await rotate()
    async with calling(application, old) as bearer:
        during = await bearer.get("/v1/stores")
        newer = await log_in(boss, number)
        await rotate(withdraw_old=True)

        async def is_refused() -> bool:
            return (await bearer.get("/v1/stores")).status_code == 401

        await eventually(is_refused, within_seconds=REVOKED_SECONDS)
    async with calling(application, await log_in(boss, number)) as bearer:
        after = await bearer.get("/v1/stores")

    assert kept.status_code == 201
    assert jwt.get_unverified_header(newer)["kid"] == kept.json()["kid"]
    assert (during.status_code, after.status_code) == (200, 200)


async def test_changed_internal_secret_makes_a_new_signing_key(
    boss: httpx.AsyncClient, directory_database: Database
) -> None:
    number = await enter(boss, "ecommerce_head")
    old = await log_in(boss, number)

    newer = await application_of_service(
        SERVICE, directory_database, bootstrap_secret=BOOTSTRAP, internal_secret="another"
    )

    async with calling(newer, BOOTSTRAP) as chief, calling(newer, old) as bearer:
        token = await log_in(chief, number)
        answer = await bearer.get("/v1/stores")
    assert answer.status_code == 200
    kids = {jwt.get_unverified_header(each)["kid"] for each in (old, token)}
    assert len(kids) == 2
