"""Stores over HTTP: opened once, changed by who saw them, shown to whom they belong."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.directory.thresholds.catalogue import THRESHOLDS
from shared.db.engine import Database
from tests.support.applications import calling
from tests.support.people import enter, events, kind_of, log_in, pointers


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


async def test_stores_are_opened_together_with_one_outcome_each(
    boss: httpx.AsyncClient,
    new_store: Callable[..., dict[str, Any]],
    directory_database: Database,
) -> None:
    there, other, new = new_store(), new_store(), new_store()
    await boss.post("/v1/stores", json=there)
    await boss.post("/v1/stores", json=other)
    bad = new_store(timezone="Mars/Olympus")
    rows = [new, there, {**other, "currency": "USD"}, bad, new, {"store_id": 5}]

    dry = await boss.post("/v1/stores:batch?dry_run=true", json=rows)
    refused = await boss.post("/v1/stores:batch?error_policy=reject_all", json=rows)
    answer = await boss.post("/v1/stores:batch", json=rows)

    outcomes = answer.json()["outcomes"]
    assert [(each["store_id"], each["outcome"]) for each in outcomes] == [
        (new["store_id"], "created"),
        (there["store_id"], "unchanged"),
        (other["store_id"], "rejected"),
        (bad["store_id"], "rejected"),
        (new["store_id"], "rejected"),
        (None, "rejected"),
    ]
    codes = [[error["code"] for error in each["errors"]] for each in outcomes]
    assert codes[2] == ["already-there"]
    assert codes[4] == ["repeated-key"]
    assert outcomes[3]["errors"][0]["pointer"] == "/timezone"
    assert [each["outcome"] for each in dry.json()["outcomes"]] == [
        each["outcome"] for each in outcomes
    ]
    assert refused.status_code == 422
    assert [kind for kind, _ in await events(directory_database, new["store_id"])] == [
        "directory.store_stated.v1"
    ]


async def test_batch_of_stores_opens_none_that_is_not_the_callers(
    boss: httpx.AsyncClient, application: FastAPI, new_store: Callable[..., dict[str, Any]]
) -> None:
    mine, foreign = new_store(), new_store()
    role = {"names": {"zh": "开店", "en": "Opener"}, "scopes": ["stores:write"]}
    await boss.put("/v1/roles/opener", json=role)
    await boss.post("/v1/stores", json=mine)
    token = await log_in(boss, await enter(boss, "opener", stores=[mine["store_id"]]))

    async with calling(application, token) as opener:
        answer = await opener.post("/v1/stores:batch", json=[foreign, mine])

    assert [each["outcome"] for each in answer.json()["outcomes"]] == ["rejected", "unchanged"]
    assert answer.json()["outcomes"][0]["errors"][0]["code"] == "store-forbidden"


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
