"""Postage, courier and free-shipping cost of orders when they are verified."""

from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.freight import set_courier, set_template
from tests.support.orders import a_payment, an_order, payloads_of, rows_of, stated
from tests.support.people import kind_of
from tests.support.statements import counted

BUYER = {"account": "b1", "province": "浙江省", "city": "杭州市"}
PAID: dict[str, Any] = {"payments": [a_payment()], "buyer": BUYER}


async def set_store(database: Database, version: int = 2, **values: Any) -> None:
    settings = {f"orders.{key}": value for key, value in values.items()}
    default = {"orders.default_courier": "圆通"}
    await open_store(
        database, "s1", version=version, settings={**effective({}), **default, **settings}
    )


async def verify(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await client.post(f"{path}/verification", json=body)
    assert answer.status_code == 200, answer.text
    order: dict[str, Any] = answer.json()["order"]
    return order


async def notes_of(client: httpx.AsyncClient, path: str) -> list[str]:
    return [each["text"].split("+", 1)[1] for each in (await client.get(f"{path}/notes")).json()]


async def verified_event(database: Database) -> dict[str, Any]:
    return next(told for told in await payloads_of(database) if "previous_status" in told)


async def test_verified_order_has_its_courier_and_right_postage(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    rate = {"first_units": 3, "first_price": "8.00", "further_units": 1, "further_price": "1.00"}
    await set_template(client, default=rate)
    path = await stated(client, **PAID)

    order = await verify(client, path)
    again = await verify(client, path, courier="SF")

    assert (order["courier"], order["is_courier_fallback"]) == ("圆通", False)
    assert (order["postage"], order["postage_due"], order["waived_postage"]) == (
        "8.00",
        "8.00",
        "0.00",
    )
    assert again == order
    assert await notes_of(client, path) == ["圆通+准确无误,可以发货"]
    event = await verified_event(database)
    assert (event["courier"], event["waived_postage_minor"]) == ("圆通", 0)


async def test_fallback_goes_where_the_default_courier_stops(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    await set_courier(client)
    path = await stated(client, **{**PAID, "buyer": {"account": "b1", "province": "西藏自治区"}})

    order = await verify(client, path)
    await client.post(f"{path}/audit")
    printed = await client.post(f"{path}/printing")
    await client.post(f"{path}/notes", json={"text": "轻放"}, headers={"Idempotency-Key": "k"})

    assert (order["courier"], order["is_courier_fallback"]) == ("EMS", True)
    assert (order["postage_due"], order["waived_postage"]) == (None, None), "there is no template"
    assert await notes_of(client, path) == [
        "EMS+圆通不到,改发EMS",
        "EMS+准确无误,可以发货",
        "EMS+轻放",
    ]
    assert printed.json()["order"]["courier"] == "EMS"
    event = await verified_event(database)
    assert (event["courier"], event["is_courier_fallback"]) == ("EMS", True)
    assert (await payloads_of(database))[-1]["courier"] == "EMS", "who the waybill is for"


async def test_difference_of_postage_is_shown_and_noted(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    await set_template(client)
    path = await stated(client, **PAID)

    order = await verify(client, path, courier="顺丰")

    assert (order["postage"], order["postage_due"], order["waived_postage"]) == (
        "8.00",
        "25.00",
        "17.00",
    )
    assert await notes_of(client, path) == [
        "顺丰+邮费应收25.00,实收8.00",
        "顺丰+准确无误,可以发货",
    ]


@pytest.mark.parametrize(
    ("check", "province", "kind"),
    [
        ("refuse", "浙江", "postage-differs"),
        ("refuse", "台湾省", "not-delivered"),
        ("off", "台湾省", None),
        ("warn", "台湾省", None),
        ("off", "浙江", None),
    ],
)
async def test_store_decides_what_a_difference_of_postage_is(
    client: httpx.AsyncClient, database: Database, check: str, province: str, kind: str | None
) -> None:
    await set_store(database, postage_check=check)
    await set_template(client)
    path = await stated(client, **{**PAID, "buyer": {"province": province}})

    answer = await client.post(f"{path}/verification")

    notes = await notes_of(client, path)
    if kind is None:
        assert answer.status_code == 200, answer.text
        assert notes[:-1] == (["圆通+运费模板不配送台湾省"] if check == "warn" else [])
    else:
        assert (answer.status_code, kind_of(answer)) == (409, kind)
        assert notes == []
        assert (await client.get(path)).json()["status"] == "paid"


async def test_free_shipping_is_what_the_shop_bears(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    await set_template(client, default={**TEN, "free_from_amount": "50.00"})
    values = {**PAID, "postage": "0.00", "payments": [a_payment("52.50")]}
    path = await stated(client, **values)

    order = await verify(client, path)

    assert (order["postage_due"], order["waived_postage"]) == ("0.00", "12.00")
    assert await notes_of(client, path) == ["圆通+准确无误,可以发货"], "postage is right"
    assert (await verified_event(database))["waived_postage_minor"] == 1200


async def test_order_verified_again_tells_the_cost_of_before(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    await set_template(client)
    path = await stated(client, **PAID)
    await verify(client, path)
    await client.post(f"{path}/audit", json={"verdict": "rejected", "reason": "路名"})

    await verify(client, path, courier="SF")

    events = [told for told in await payloads_of(database) if "previous_status" in told]
    amounts = [
        (told["waived_postage_minor"], told["previous_waived_postage_minor"])
        for told in events
        if "waived_postage_minor" in told
    ]
    assert amounts == [(200, 0), (1700, 200)]


@pytest.mark.parametrize(
    ("values", "courier"),
    [
        ({"kind": "cod", "buyer": BUYER}, "圆通"),
        ({"payments": [a_payment()]}, "圆通"),
        ({"payments": [a_payment("9.00")], "lines": [], "total": "9.00", "discount": "0"}, "圆通"),
        ({"payments": [a_payment()], "backfill": True, "buyer": {"province": "西藏"}}, "圆通"),
    ],
    ids=["cod", "no province", "no lines", "history"],
)
async def test_what_cannot_be_reckoned_is_verified_all_the_same(
    client: httpx.AsyncClient, database: Database, values: dict[str, Any], courier: str
) -> None:
    await set_store(database, postage_check="refuse" if "kind" not in values else "warn")
    await set_template(client)
    await set_courier(client)
    path = await stated(client, **values)

    order = await verify(client, path)

    assert (order["status"], order["courier"]) == ("verified", courier)
    assert order["postage_due"] == ("10.00" if "kind" in values else None)


async def test_many_are_verified_by_the_same_statements(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    await set_template(client)
    await set_courier(client)
    rows = [
        an_order(
            f"A-{number}", payments=[a_payment()], buyer={"province": ("浙江", "西藏")[number % 2]}
        )
        for number in range(42)
    ]
    made = await client.post("/v1/orders:batch", json=rows)
    ids = [{"order_id": each["order_id"]} for each in made.json()["outcomes"]]

    with counted(database) as few:
        await client.post("/v1/orders:verify", json=ids[:2])
    with counted(database) as many:
        answer = await client.post("/v1/orders:verify", json=ids[2:])

    assert answer.json()["counts"]["updated"] == 40, answer.text
    assert len(many) == len(few)
    kept = {
        (row["province"], row["courier"], row["waived_postage_minor"])
        for row in await rows_of(database, "orders")
    }
    assert kept == {("浙江", "圆通", 200), ("西藏", "EMS", 2900)}


TEN = {"first_units": 1, "first_price": "10.00", "further_units": 1, "further_price": "1.00"}


async def test_courier_that_the_buyer_asks_for_is_the_order_s(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    early, late = await stated(client, **PAID), await stated(client, external_id="A-2", **PAID)
    for path in (early, late):
        await verify(client, path) if path == late else None
        asked = await client.post(
            f"{path}/special-requests", json={"courier": "SF"}, headers={"Idempotency-Key": path}
        )
        assert asked.json()["order"]["courier"] == "SF", asked.text

    order = await verify(client, early)

    assert (order["courier"], order["is_courier_fallback"]) == ("SF", False)
