"""Freight quotes over HTTP."""

from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.freight import a_courier, set_courier, set_template
from tests.support.orders import orders_client
from tests.support.people import kind_of, pointers
from tests.support.statements import counted

QUOTE, MANY = "/v1/freight:quote", "/v1/freight:quote-batch"


def a_question(**values: Any) -> dict[str, Any]:
    return {
        "store_id": "s1",
        "province": "浙江省",
        "lines": [{"sku": "tea", "quantity": 3, "amount": "30.00"}],
        **values,
    }


async def test_quote_is_explained(client: httpx.AsyncClient) -> None:
    await set_template(client)

    answer = await client.post(QUOTE, json=a_question(province="新疆维吾尔自治区", courier="SF"))

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "store_id": "s1",
        "currency": "CNY",
        "courier": "SF",
        "is_courier_fallback": False,
        "freight": "52.00",
        "full": "52.00",
        "parts": [
            {
                "template": "main",
                "zone": "west",
                "basis": "piece",
                "units": 3,
                "first_units": 1,
                "first_price": "20.00",
                "further_units": 1,
                "further_price": "1.00",
                "further_steps": 2,
                "full": "22.00",
                "freight": "22.00",
                "free_by": None,
            }
        ],
        "surcharges": {"sf": "15.00", "remote": "15.00"},
    }


async def test_free_rule_leaves_what_it_would_have_cost(client: httpx.AsyncClient) -> None:
    await set_template(client)
    lines = [{"sku": "tea", "quantity": 2, "amount": "99.00"}]

    answer = (await client.post(QUOTE, json=a_question(lines=lines))).json()

    assert (answer["freight"], answer["full"]) == ("0.00", "9.00")
    assert answer["parts"][0]["free_by"] == "amount"


async def test_courier_is_the_store_s_own_or_its_fallback(
    client: httpx.AsyncClient, database: Database
) -> None:
    settings = {**effective({}), "orders.default_courier": "圆通"}
    await open_store(database, "s1", version=2, settings=settings)
    await set_template(client)
    await set_courier(client)

    near = (await client.post(QUOTE, json=a_question())).json()
    far = (await client.post(QUOTE, json=a_question(province="西藏"))).json()

    assert (near["courier"], near["is_courier_fallback"]) == ("圆通", False)
    assert (far["courier"], far["is_courier_fallback"]) == ("EMS", True)


async def test_prices_are_in_the_currency_of_the_store(client: httpx.AsyncClient) -> None:
    rate = {"first_units": 1, "first_price": "8.5", "further_units": 1, "further_price": "0"}
    await set_template(client, store="s2", default=rate, zones=[])
    lines = [{"quantity": 1, "amount": "30"}]

    answer = await client.post(QUOTE, json=a_question(store_id="s2", courier="SF", lines=lines))
    cents = await client.post(QUOTE, json=a_question(store_id="s2"))

    assert (answer.json()["freight"], answer.json()["currency"]) == ("24", "JPY")
    assert (await client.post(QUOTE, json=a_question(store_id="s1"))).status_code == 409
    assert cents.status_code == 200, "30.00 is a whole number of yen"


async def test_each_question_of_many_has_its_answer_by_the_same_statements(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_template(client)
    await client.put("/v1/couriers/s1/SF", json=a_courier())
    bad = [
        a_question(reference="far", province="台湾省"),
        a_question(reference="dear", lines=[{"quantity": 1, "amount": "0.001"}]),
        a_question(reference="empty", lines=[]),
        a_question(reference="nowhere", store_id="s9"),
        a_question(store_id="s2"),
        5,
    ]
    with counted(database) as few:
        one = await client.post(MANY, json=[a_question(reference="r0")])
    with counted(database) as many_more:
        many = await client.post(
            MANY, json=[*(a_question(reference=f"r{number}") for number in range(50)), *bad]
        )

    assert len(few) == len(many_more)
    assert one.json()["outcomes"][0]["quote"]["freight"] == "10.00"
    assert many.json()["counts"]["quoted"] == 50
    outcomes = many.json()["outcomes"][50:]
    assert [each["reference"] for each in outcomes] == [
        "far", "dear", "empty", "nowhere", None, None,
    ]  # fmt: skip
    assert [each["errors"][0]["code"] for each in outcomes[:5]] == [
        "not-delivered",
        "amount-invalid",
        "too_short",
        "store-unknown",
        "freight-not-set",
    ]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"province": ""}, "/province"),
        ({"weight": 5}, "/weight"),
        ({"lines": [{"quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"quantity": 1, "weight_grams": 1.5}]}, "/lines/0/weight_grams"),
        ({"lines": [{"quantity": 1, "amount": 5}]}, "/lines/0/amount"),
        ({"store_id": "s9"}, "/store_id"),
    ],
)
async def test_bad_question_is_pointed_at(
    client: httpx.AsyncClient, values: dict[str, Any], pointer: str
) -> None:
    answer = await client.post(QUOTE, json=a_question(**values))

    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_goods_without_a_template_have_no_freight(client: httpx.AsyncClient) -> None:
    await set_template(client, skus=["cup"])

    answer = await client.post(QUOTE, json=a_question())

    assert (answer.status_code, kind_of(answer)) == (409, "freight-not-set")
    assert pointers(answer) == ["/lines/0/sku"]


async def test_freight_of_other_stores_is_not_told(database: Database) -> None:
    async with orders_client(database, stores=["s2"]) as stranger:
        answer = await stranger.post(QUOTE, json=a_question())
        many = await stranger.post(MANY, json=[a_question()])

    assert (answer.status_code, kind_of(answer)) == (403, "store-forbidden")
    assert many.json()["outcomes"][0]["errors"][0]["code"] == "store-forbidden"
