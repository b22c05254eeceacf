"""Staff, roles and the trail over HTTP."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.directory.app import SERVICE
from services.directory.roles import ROLES
from shared.db.engine import Database
from tests.support.applications import a_token, application_of_service, calling
from tests.support.people import enter, events, kind_of, log_in, numbers, pointers


async def test_roles_are_there_from_the_start(
    boss: httpx.AsyncClient, directory_database: Database
) -> None:
    listed = (await boss.get("/v1/roles")).json()["items"]

    assert {role.role for role in ROLES} <= {each["role"] for each in listed}
    ((kind, stated),) = await events(directory_database, "role:finance")
    assert kind == "directory.role_stated.v1"
    assert "payments:correct" in stated["scopes"]
    assert stated["names"] == {"zh": "财务", "en": "Finance"}


async def test_starting_again_makes_nothing_twice(
    boss: httpx.AsyncClient, directory_database: Database
) -> None:
    keys = (await boss.get("/v1/jwks")).json()["keys"]

    again = await application_of_service(SERVICE, directory_database)

    async with calling(again) as stranger:
        assert (await stranger.get("/v1/jwks")).json()["keys"] == keys
    assert len(await events(directory_database, "role:finance")) == 1


async def test_role_is_made_and_changed(boss: httpx.AsyncClient) -> None:
    url = f"/v1/roles/helper_{next(numbers)}"
    body = {"names": {"zh": "帮手", "en": "Helper"}, "scopes": ["orders:read"]}
    wider = {**body, "scopes": ["orders:read", "cs:read"]}

    made = await boss.put(url, json=body)
    blind = await boss.put(url, json=wider)
    changed = await boss.put(url, json=wider, headers={"If-Match": made.headers["ETag"]})
    stale = await boss.put(url, json=body, headers={"If-Match": made.headers["ETag"]})
    unknown = await boss.put(
        url, json={**body, "scopes": ["orders:eat"]}, headers={"If-Match": '"2"'}
    )

    statuses = [each.status_code for each in (made, blind, changed, stale, unknown)]
    assert statuses == [200, 428, 200, 412, 422]
    assert changed.json()["scopes"] == ["cs:read", "orders:read"]
    assert pointers(unknown) == ["/scopes/0"]


async def test_staff_is_entered_once(
    boss: httpx.AsyncClient, store: str, directory_database: Database
) -> None:
    body = {
        "staff_number": f"客服{next(numbers)}",
        "name": "小李",
        "roles": ["pre_sale_agent"],
        "stores": [store],
    }

    made = await boss.post("/v1/staff", json=body)
    again = await boss.post("/v1/staff", json=body)
    other = await boss.post("/v1/staff", json={**body, "roles": ["finance"]})

    assert [each.status_code for each in (made, again, other)] == [201, 200, 409]
    ((_, stated),) = await events(directory_database, f"staff:{body['staff_number']}")
    assert stated["roles"] == ["pre_sale_agent"]
    assert stated["stores"] == [store]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"roles": ["king"]}, "/roles/0"),
        ({"stores": ["nowhere"]}, "/stores/0"),
        ({"staff_number": "a b"}, "/staff_number"),
        ({"stores": "s1"}, "/stores"),
        ({"password": "x"}, "/password"),
    ],
)
async def test_bad_staff_is_pointed_at(
    boss: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    body = {"staff_number": "S-bad", "name": "x", "roles": [], "stores": None, **change}

    answer = await boss.post("/v1/staff", json=body)

    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]


async def test_nobody_raises_themselves(
    boss: httpx.AsyncClient, application: FastAPI, store: str
) -> None:
    number = await enter(boss, "store_manager", stores=[store])
    finance = await enter(boss, "finance", stores=[store])
    token = await log_in(boss, number)
    staff = {"staff_number": f"S{next(numbers)}", "name": "x", "roles": [], "stores": [store]}
    async with calling(application, token) as manager:
        version = (await manager.get(f"/v1/staff/{number}")).headers["ETag"]
        refused = [
            await manager.patch(f"/v1/staff/{number}", json=change, headers={"If-Match": version})
            for change in ({"roles": ["administrator"]}, {"stores": None})
        ]
        refused += [
            await manager.post("/v1/staff", json={**staff, "stores": None}),
            await manager.post("/v1/staff", json={**staff, "roles": ["finance"]}),
            await manager.post(f"/v1/staff/{finance}/disabling"),
        ]
        allowed = await manager.post("/v1/staff", json={**staff, "roles": ["pre_sale_agent"]})

    assert [(each.status_code, kind_of(each)) for each in refused] == [(403, "grant-forbidden")] * 5
    assert allowed.status_code == 201


async def test_accounts_of_other_stores_are_not_shown(
    boss: httpx.AsyncClient, application: FastAPI, store: str
) -> None:
    token = await log_in(boss, await enter(boss, "store_manager", stores=[store]))
    everywhere = await enter(boss, "finance")
    async with calling(application, token) as manager:
        listed = (await manager.get("/v1/staff")).json()["items"]
        hidden = await manager.get(f"/v1/staff/{everywhere}")
        taken = await manager.post(
            "/v1/staff",
            json={"staff_number": everywhere, "name": "x", "roles": [], "stores": [store]},
        )

    assert listed
    assert all(set(each["stores"]) <= {store} for each in listed)
    assert hidden.status_code == 404
    assert (taken.status_code, kind_of(taken)) == (409, "already-there")


async def test_trail_tells_who_changed_what(boss: httpx.AsyncClient, store: str) -> None:
    await boss.patch(
        f"/v1/settings/{store}", json={"cs.case_hours": 12}, headers={"If-Match": '"1"'}
    )

    lines = (await boss.get(f"/v1/audit/directory?store_id={store}")).json()["items"]

    assert [line["action"] for line in lines] == ["settings.changed", "store.opened"]
    assert (lines[0]["caller"], lines[0]["before"], lines[0]["after"]) == (
        "bootstrap",
        {},
        {"cs.case_hours": 12},
    )


async def test_trail_holds_no_secret(boss: httpx.AsyncClient, directory_database: Database) -> None:
    answer = await boss.post(
        "/v1/api-keys",
        json={"name": "x", "scopes": ["stores:read"], "stores": None},
        headers={"Idempotency-Key": f"k{next(numbers)}"},
    )

    async with directory_database.reading() as session:
        trail = (await session.execute(text("SELECT audit_trail::text FROM audit_trail"))).scalars()
        stored = (await session.execute(text("SELECT body FROM idempotency_keys"))).scalars()
        secret = answer.json()["key"].rpartition("_")[2]
        assert not any(secret in line for line in trail)
        assert not any(secret.encode() in body for body in stored)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/v1/stores", "stores:write"),
        ("POST", "/v1/staff", "staff:write"),
        ("GET", "/v1/staff", "staff:read"),
        ("PUT", "/v1/roles/finance", "roles:write"),
        ("PATCH", "/v1/settings/x", "settings:write"),
        ("POST", "/v1/api-keys", "keys:write"),
        ("POST", "/v1/tokens", "tokens:write"),
        ("POST", "/v1/signing-keys:rotation", "admin"),
        ("GET", "/v1/audit/directory", "audit:read"),
    ],
)
async def test_missing_scope_is_named(
    application: FastAPI, directory_database: Database, method: str, path: str, scope: str
) -> None:
    token = await a_token(directory_database, scopes=["feed:read"])
    async with calling(application, token) as client:
        answer = await client.request(method, path, json={})

    assert (answer.status_code, answer.json().get("scope")) == (403, scope)


async def test_wrong_secret_is_401(application: FastAPI) -> None:
    for credential in ("the first key of the hous", "sf_a_b", "x.y.z", "é"):
        async with calling(application) as client:
            answer = await client.get(
                "/v1/stores", headers=[(b"authorization", f"Bearer {credential}".encode())]
            )
        assert (answer.status_code, kind_of(answer)) == (401, "unauthenticated")
