"""Setting freight templates and couriers over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.freight import RATE, a_template, set_courier, set_template
from tests.support.orders import orders_client, rows_of
from tests.support.people import kind_of, pointers

TEMPLATES, COURIERS = "/v1/freight-templates/s1", "/v1/couriers/s1"


async def test_template_is_set_shown_changed_and_deleted(
    client: httpx.AsyncClient, database: Database
) -> None:
    made = await set_template(client)
    changed = await set_template(client, seen=made.headers["etag"], zones=[])
    again = await set_template(client, seen=made.headers["etag"], zones=[])
    shown = await client.get(f"{TEMPLATES}/main")
    listed = await client.get(TEMPLATES)
    gone = await client.delete(f"{TEMPLATES}/main", headers={"If-Match": shown.headers["etag"]})
    missing = await client.get(f"{TEMPLATES}/main")

    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert made.json()["zones"][1] == {"name": "never", "provinces": ["台湾"], "rate": None}
    assert made.json()["default"]["free_from_amount"] == "99.00"
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (again.status_code, again.json()) == (200, changed.json()), "it is there already"
    assert listed.json() == [shown.json()] == [changed.json()]
    assert gone.status_code == 204
    assert (missing.status_code, kind_of(missing)) == (404, "freight-template-unknown")
    trail = await rows_of(database, "audit_trail", "id")
    assert [(line["action"], line["store_id"]) for line in trail] == [
        ("freight_template.set", "s1"),
        ("freight_template.set", "s1"),
        ("freight_template.deleted", "s1"),
    ]


async def test_courier_is_set_shown_changed_and_deleted(
    client: httpx.AsyncClient, database: Database
) -> None:
    made = await set_courier(client)
    changed = await set_courier(client, seen=made.headers["etag"], reach="only")
    listed = await client.get(COURIERS)
    shown = await client.get(f"{COURIERS}/圆通")
    stale = await client.delete(f"{COURIERS}/圆通", headers={"If-Match": '"1"'})
    gone = await client.delete(f"{COURIERS}/圆通", headers={"If-Match": '"2"'})
    missing = await client.get(f"{COURIERS}/圆通")

    assert (made.status_code, changed.json()["version"]) == (201, 2)
    assert listed.json() == [shown.json()] == [changed.json()]
    assert (stale.status_code, gone.status_code) == (412, 204)
    assert (missing.status_code, kind_of(missing)) == (404, "courier-unknown")
    trail = await rows_of(database, "audit_trail", "id")
    assert [line["action"] for line in trail] == ["courier.set", "courier.set", "courier.deleted"]


async def test_who_did_not_see_the_last_version_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_template(client)
    await set_courier(client)

    unseen = await set_template(client, zones=[])
    stale = await set_template(client, seen='"7"', zones=[])
    absent = await set_template(client, "other", seen='"1"', skus=["cup"])
    courier = await set_courier(client, reach="only")

    answers = [(each.status_code, kind_of(each)) for each in (unseen, stale, absent, courier)]
    assert answers == [
        (428, "if-match-missing"),
        (412, "version-stale"),
        (412, "version-stale"),
        (428, "if-match-missing"),
    ]
    assert [row["version"] for row in await rows_of(database, "freight_templates")] == [1]


async def test_of_two_who_make_the_same_template_at_once_one_makes_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    answers = await asyncio.gather(
        set_template(client, zones=[]), set_template(client), set_template(client, "other")
    )

    codes = sorted(each.status_code for each in answers)
    assert codes in ([201, 409, 428], [201, 409, 409])
    assert len(await rows_of(database, "freight_templates")) == 1


async def test_goods_and_default_have_one_template(client: httpx.AsyncClient) -> None:
    await set_template(client)
    await set_template(client, "cups", skus=["cup", "jug"])

    goods = await set_template(client, "more", skus=["pot", "jug"])
    default = await set_template(client, "all")
    elsewhere = await set_template(client, "all", store="s2", default={**RATE, "first_price": "8"})

    assert (goods.status_code, kind_of(goods), pointers(goods)) == (
        409,
        "freight-template-overlap",
        ["/skus/1"],
    )
    assert (default.status_code, pointers(default)) == (409, ["/skus"])
    assert elsewhere.status_code == 201


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"basis": "volume"}, "/basis"),
        ({"basis": "weight"}, "/default_weight_grams"),
        ({"default": {**RATE, "first_units": 0}}, "/default/first_units"),
        ({"default": {**RATE, "first_price": 8}}, "/default/first_price"),
        ({"default": {**RATE, "further_price": "-1"}}, "/default/further_price"),
        ({"default": {**RATE, "free_from_amount": "0.001"}}, "/default/free_from_amount"),
        ({"default": {**RATE, "free_from_amount": "0"}}, "/default/free_from_amount"),
        ({"default": {**RATE, "price": "1"}}, "/default/price"),
        ({"zones": [{"name": "a", "provinces": [], "rate": None}]}, "/zones/0/provinces"),
        ({"skus": []}, "/skus"),
        ({"skus": ["a\0"]}, "/skus/0"),
    ],
)
async def test_bad_template_is_pointed_at(
    client: httpx.AsyncClient, values: dict[str, Any], pointer: str
) -> None:
    answer = await set_template(client, **values)

    assert answer.status_code == 422, answer.text
    assert pointers(answer) == [pointer]


async def test_freight_is_set_by_who_leads_the_store(database: Database) -> None:
    async with orders_client(database, scopes=["settings:read", "orders:amend"]) as agent:
        refused = await set_template(agent)
        listed = await agent.get(TEMPLATES)
    async with orders_client(database, stores=["s2"]) as stranger:
        answers = [
            await set_template(stranger),
            await set_courier(stranger),
            await stranger.get(TEMPLATES),
            await stranger.get(f"{COURIERS}/圆通"),
            await stranger.delete(f"{TEMPLATES}/main", headers={"If-Match": '"1"'}),
        ]
        unknown = await stranger.put("/v1/freight-templates/s9/a", json=a_template())

    assert (refused.status_code, kind_of(refused)) == (403, "scope-missing")
    assert listed.json() == []
    assert {(each.status_code, kind_of(each)) for each in (*answers, unknown)} == {
        (403, "store-forbidden")
    }
    assert await rows_of(database, "freight_templates") == []
