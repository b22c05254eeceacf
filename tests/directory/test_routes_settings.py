"""Thresholds over HTTP: of a store, of the company, each with its source."""

from collections.abc import Callable
from typing import Any

import httpx
from fastapi import FastAPI

from services.directory.thresholds.catalogue import THRESHOLDS
from shared.db.engine import Database
from tests.support.applications import calling
from tests.support.people import enter, events, kind_of, log_in, pointers


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
