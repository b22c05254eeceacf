"""Directory over HTTP, on its own database, with real tokens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.directory.app import SERVICE
from services.directory.roles import ROLES
from services.directory.thresholds.catalogue import THRESHOLDS
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from tests.support.applications import a_token, application_of_service, calling
from tests.support.eventually import eventually

BOOTSTRAP = "the first key of the house"
numbers = count(1)


@pytest.fixture(scope="module")
async def application(directory_database: Database) -> FastAPI:
    return await application_of_service(SERVICE, directory_database, bootstrap_secret=BOOTSTRAP)


@pytest.fixture(scope="module")
async def boss(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(application, BOOTSTRAP) as client:
        yield client


@pytest.fixture
def new_store() -> Callable[..., dict[str, Any]]:
    def make(**values: Any) -> dict[str, Any]:
        return {
            "store_id": f"store-{next(numbers)}",
            "name": "旗舰店",
            "platform": "tmall",
            "timezone": "Asia/Shanghai",
            "currency": "CNY",
            **values,
        }

    return make


@pytest.fixture
async def store(boss: httpx.AsyncClient, new_store: Callable[..., dict[str, Any]]) -> str:
    answer = await boss.post("/v1/stores", json=new_store())
    return str(answer.json()["store_id"])


async def enter(boss: httpx.AsyncClient, *roles: str, stores: list[str] | None = None) -> str:
    staff_number = f"S{next(numbers)}"
    body = {"staff_number": staff_number, "name": "小王", "roles": roles, "stores": stores}
    answer = await boss.post("/v1/staff", json=body)
    assert answer.status_code == 201, answer.text
    return staff_number


async def log_in(boss: httpx.AsyncClient, staff_number: str, **wishes: Any) -> str:
    answer = await boss.post("/v1/tokens", json={"staff_number": staff_number, **wishes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def events(database: Database, key: str) -> list[tuple[str, Any]]:
    async with database.reading() as session:
        found = await session.execute(
            text("SELECT type, CAST(payload AS jsonb) FROM event_log WHERE key = :k ORDER BY id"),
            {"k": key},
        )
        return [(row[0], row[1]) for row in found]


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


def pointers(answer: httpx.Response) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_store_is_opened_and_stated_whole(
    boss: httpx.AsyncClient,
    new_store: Callable[..., dict[str, Any]],
    directory_database: Database,
) -> None:
    body = new_store(day_start="04:00", groups=["south", "apparel", "south"])

    answer = await boss.post("/v1/stores", json=body)

    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    assert answer.json()["outcome"] == "created"
    assert answer.json()["groups"] == ["apparel", "south"]
    ((kind, stated),) = await events(directory_database, body["store_id"])
    assert kind == "directory.store_stated.v1"
    assert stated["day_start"] == 4
    assert stated["version"] == 1
    assert stated["settings"]["orders.chase_unpaid_hours"] == 12
    assert stated["settings"].keys() == THRESHOLDS.keys()


async def test_same_store_again_is_unchanged_and_other_content_conflicts(
    boss: httpx.AsyncClient,
    new_store: Callable[..., dict[str, Any]],
    directory_database: Database,
) -> None:
    body = new_store()
    await boss.post("/v1/stores", json=body)

    again = await boss.post("/v1/stores", json=body)
    other = await boss.post("/v1/stores", json={**body, "currency": "USD"})

    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert (other.status_code, kind_of(other)) == (409, "already-there")
    assert other.json()["differs"] == ["currency"]
    assert len(await events(directory_database, body["store_id"])) == 1


async def test_racing_openings_open_once(
    boss: httpx.AsyncClient,
    new_store: Callable[..., dict[str, Any]],
    directory_database: Database,
) -> None:
    body = new_store()

    answers = await asyncio.gather(*(boss.post("/v1/stores", json=body) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len(await events(directory_database, body["store_id"])) == 1


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("store_id", "../x", "/store_id"),
        ("store_id", "x" * 65, "/store_id"),
        ("name", "", "/name"),
        ("name", 5, "/name"),
        ("platform", "amazon", "/platform"),
        ("timezone", "Mars/Olympus", "/timezone"),
        ("timezone", "+08:00", "/timezone"),
        ("currency", "RMB", "/currency"),
        ("day_start", "04:30", "/day_start"),
        ("day_start", 4, "/day_start"),
        ("groups", "south", "/groups"),
        ("groups", [""], "/groups/0"),
        ("colour", "red", "/colour"),
    ],
)
async def test_bad_store_is_pointed_at(
    boss: httpx.AsyncClient,
    new_store: Callable[..., dict[str, Any]],
    field: str,
    value: Any,
    pointer: str,
) -> None:
    answer = await boss.post("/v1/stores", json=new_store(**{field: value}))

    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]


async def test_store_is_changed_by_who_saw_it(
    boss: httpx.AsyncClient, store: str, directory_database: Database
) -> None:
    url = f"/v1/stores/{store}"
    change = {"name": "专营店", "is_open": False}

    blind = await boss.patch(url, json=change)
    malformed = await boss.patch(url, json=change, headers={"If-Match": "1"})
    changed = await boss.patch(url, json=change, headers={"If-Match": '"1"'})
    stale = await boss.patch(url, json={"name": "x"}, headers={"If-Match": '"1"'})
    same = await boss.patch(url, json=change, headers={"If-Match": '"2"'})

    assert [each.status_code for each in (blind, malformed, changed, stale, same)] == [
        428,
        400,
        200,
        412,
        200,
    ]
    assert changed.headers["ETag"] == same.headers["ETag"] == '"2"'
    assert stale.json()["current_version"] == 2
    shown = await boss.get(url)
    assert (shown.json()["name"], shown.json()["is_open"]) == ("专营店", False)
    assert [stated["version"] for _, stated in await events(directory_database, store)] == [1, 2]


async def test_currency_and_platform_never_change(boss: httpx.AsyncClient, store: str) -> None:
    for change in ({"currency": "USD"}, {"platform": "own"}, {"store_id": "x"}):
        answer = await boss.patch(f"/v1/stores/{store}", json=change, headers={"If-Match": '"1"'})
        assert answer.status_code == 422


async def test_stores_are_listed_in_pages_to_whom_they_belong(
    boss: httpx.AsyncClient, application: FastAPI, new_store: Callable[..., dict[str, Any]]
) -> None:
    bodies = [new_store(groups=["listed"]) for _ in range(3)]
    for body in bodies:
        await boss.post("/v1/stores", json=body)
    mine = bodies[1]["store_id"]
    token = await log_in(boss, await enter(boss, "store_manager", stores=[mine]))

    first = (await boss.get("/v1/stores?group=listed&limit=2")).json()
    second = (
        await boss.get(f"/v1/stores?group=listed&limit=2&cursor={first['next_cursor']}")
    ).json()
    async with calling(application, token) as manager:
        own = (await manager.get("/v1/stores")).json()
        foreign = await manager.get(f"/v1/stores/{bodies[0]['store_id']}")

    listed = [each["store_id"] for each in (*first["items"], *second["items"])]
    assert listed == [body["store_id"] for body in bodies]
    assert second["next_cursor"] is None
    assert [each["store_id"] for each in own["items"]] == [mine]
    assert (foreign.status_code, kind_of(foreign)) == (404, "not-found")


async def test_settings_show_values_defaults_and_sources(
    boss: httpx.AsyncClient, store: str
) -> None:
    answer = await boss.get(f"/v1/settings/{store}")

    body = answer.json()
    assert answer.headers["ETag"] == '"1"'
    assert body["store_id"] == store
    assert body["values"]["orders.chase_unpaid_hours"] == {
        "value": 12,
        "default": 12,
        "set_by": "default",
        "unit": "hours",
        "source": "O-R1 H1",
    }


async def test_settings_are_set_and_taken_back(
    boss: httpx.AsyncClient, store: str, directory_database: Database
) -> None:
    url = f"/v1/settings/{store}"

    changed = await boss.patch(
        url, json={"orders.chase_unpaid_hours": 6}, headers={"If-Match": '"1"'}
    )
    back = await boss.patch(
        url, json={"orders.chase_unpaid_hours": None}, headers={"If-Match": '"2"'}
    )

    chosen = changed.json()["values"]["orders.chase_unpaid_hours"]
    assert (chosen["value"], chosen["set_by"]) == (6, "store")
    assert back.json()["values"]["orders.chase_unpaid_hours"]["set_by"] == "default"
    stated = [each["settings"] for _, each in await events(directory_database, store)]
    assert [each["orders.chase_unpaid_hours"] for each in stated] == [12, 6, 12]


async def test_bad_settings_change_nothing_and_are_all_named(
    boss: httpx.AsyncClient, store: str
) -> None:
    url = f"/v1/settings/{store}"
    change = {
        "orders.chase_unpaid_hours": "6",
        "orders.colour": 1,
        "house.further_platforms": ["x"],
        "orders.problem_close_hours": 5,
    }

    wrong = await boss.patch(url, json=change, headers={"If-Match": '"1"'})
    crossed = await boss.patch(url, json={"promotion.roi_pass": "9"}, headers={"If-Match": '"1"'})
    blind = await boss.patch(url, json={})
    stale = await boss.patch(url, json={}, headers={"If-Match": '"7"'})
    shapeless = await boss.patch(url, json=[1], headers={"If-Match": '"1"'})

    assert (wrong.status_code, kind_of(wrong)) == (422, "settings-invalid")
    assert pointers(wrong) == [
        "/orders.chase_unpaid_hours",
        "/orders.colour",
        "/house.further_platforms",
    ]
    assert pointers(crossed) == ["/promotion.roi_pass"]
    assert (blind.status_code, stale.status_code, shapeless.status_code) == (428, 412, 422)
    assert (await boss.get(url)).headers["ETag"] == '"1"'


async def test_company_settings_reach_every_store_that_has_not_its_own(
    boss: httpx.AsyncClient,
    new_store: Callable[..., dict[str, Any]],
    directory_database: Database,
) -> None:
    plain, own = new_store(), new_store()
    for body in (plain, own):
        await boss.post("/v1/stores", json=body)
    await boss.patch(
        f"/v1/settings/{own['store_id']}",
        json={"cs.slow_reply_minutes": 1},
        headers={"If-Match": '"1"'},
    )
    version = (await boss.get("/v1/settings")).headers["ETag"]
    change = {
        "cs.slow_reply_minutes": 5,
        "house.further_platforms": ["pinduoduo"],
        "house.day_start_hour": 3,
    }

    set_ = await boss.patch("/v1/settings", json=change, headers={"If-Match": version})
    opened = await boss.post("/v1/stores", json=new_store(platform="pinduoduo"))
    back = await boss.patch(
        "/v1/settings",
        json=dict.fromkeys(change),
        headers={"If-Match": set_.headers["ETag"]},
    )

    assert set_.status_code == back.status_code == 200, set_.text
    assert (opened.status_code, opened.json()["day_start"]) == (201, "03:00")
    told = [
        each["settings"]["cs.slow_reply_minutes"]
        for _, each in await events(directory_database, plain["store_id"])
    ]
    kept = [
        each["settings"]["cs.slow_reply_minutes"]
        for _, each in await events(directory_database, own["store_id"])
    ]
    assert told == [2, 5, 2]
    assert kept == [2, 1, 1, 1]


async def test_company_settings_belong_to_who_has_all_stores(
    boss: httpx.AsyncClient, application: FastAPI, store: str
) -> None:
    token = await log_in(boss, await enter(boss, "store_manager", stores=[store]))
    async with calling(application, token) as manager:
        version = (await manager.get("/v1/settings")).headers["ETag"]
        answer = await manager.patch("/v1/settings", json={}, headers={"If-Match": version})
        own = await manager.patch(
            f"/v1/settings/{store}", json={"cs.case_hours": 12}, headers={"If-Match": '"1"'}
        )

    assert (answer.status_code, kind_of(answer)) == (403, "forbidden")
    assert own.status_code == 200


async def test_catalogue_names_every_threshold(boss: httpx.AsyncClient) -> None:
    listed = (await boss.get("/v1/settings")).json()["settings"]

    assert [each["key"] for each in listed] == list(THRESHOLDS)
    assert all(each["names"]["zh"] and each["names"]["en"] for each in listed)


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

    assert listed
    assert all(set(each["stores"]) <= {store} for each in listed)
    assert hidden.status_code == 404


async def test_token_works_at_once_and_ends_with_its_account(
    boss: httpx.AsyncClient, application: FastAPI
) -> None:
    number = await enter(boss, "ecommerce_head")
    async with calling(application, await log_in(boss, number)) as head:
        before = await head.get("/v1/stores")
        await boss.post(f"/v1/staff/{number}/disabling")

        async def is_refused() -> bool:
            return (await head.get("/v1/stores")).status_code == 401

        await eventually(is_refused, within_seconds=1.0)
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

        await eventually(is_forbidden, within_seconds=1.0)

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


async def test_token_of_nobody_is_404(boss: httpx.AsyncClient) -> None:
    answer = await boss.post("/v1/tokens", json={"staff_number": "nobody"})

    assert (answer.status_code, kind_of(answer)) == (404, "not-found")


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

        await eventually(is_refused, within_seconds=1.0)
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

        await eventually(is_refused, within_seconds=1.0)
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
