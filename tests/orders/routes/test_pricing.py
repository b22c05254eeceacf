"""Price and freight changed by staff, over HTTP; the order costs 60.50, 8.00 of it postage."""

import asyncio
from itertools import count
from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.freight import set_template
from tests.support.orders import (
    a_payment,
    an_order,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
    types_of,
)
from tests.support.people import kind_of, pointers

AGENT = ("orders:read", "orders:write", "orders:amend")
keys = count(1)


async def reprice(
    client: httpx.AsyncClient, path: str, *, key: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key or f"k{next(keys)}"}
    return await client.post(
        f"{path}/price-change", json={"reason": "老顾客", **body}, headers=headers
    )


async def test_agent_changes_price_inside_the_ceiling(database: Database) -> None:
    async with orders_client(database, scopes=AGENT) as agent:
        path = await stated(agent)
        changed = await reprice(agent, path, lines=[{"line_no": 1, "unit_price": "24.75"}])
        again = await reprice(agent, path, lines=[{"line_no": 1, "unit_price": "24.75"}])
        refused = await reprice(agent, path, postage="7.00")
        listed = (await agent.get("/v1/price-changes")).json()

    order = changed.json()["order"]
    assert (changed.status_code, order["total"], order["original_total"]) == (
        200,
        "59.50",
        "60.50",
    )
    assert order["lines"][0]["amount"] == "49.50"
    assert again.json()["outcome"] == "unchanged"
    assert (refused.status_code, kind_of(refused)) == (403, "discount-above-ceiling")
    assert (refused.json()["allowed"], refused.json()["asked"]) == ("1.81", "2.00")
    assert pointers(refused) == ["/postage"]
    event = (await payloads_of(database))[1]
    assert (await types_of(database))[1] == "order_amended"
    assert (event["total_minor"], event["previous_total_minor"]) == (5950, 6050)
    assert (event["original_total_minor"], event["reason"]) == (6050, "老顾客")
    [item], [sums] = listed["items"], listed["sums"]
    assert (item["goods"], item["postage"], item["is_superseded"]) == ("1.00", "0.00", False)
    assert (sums["changes"], sums["total"], sums["staff"]) == (1, "1.00", event["amended_by"])
    trail = (await rows_of(database, "audit_trail", "id"))[-1]
    assert (trail["action"], trail["after"]["total_minor"]) == ("order.repriced", 5950)


async def test_ceiling_is_the_highest_of_the_roles_and_none_for_who_sets_it(
    database: Database,
) -> None:
    async with orders_client(database, scopes=AGENT) as agent:
        path = await stated(agent)
        refused = await reprice(agent, path, discount="6.00")
        role = (await rows_of(database, "registry_staff"))[0]["roles"][0]
        settings = {
            **effective({}),
            "orders.discount_ceiling_by_role": {role: "0.07", "other": "0.50"},
        }
        await open_store(database, "s1", version=2, settings=settings)
        allowed = await reprice(agent, path, discount="6.00")
        above = await reprice(agent, path, discount="6.30")
    async with orders_client(database, scopes=[*AGENT, "settings:write"]) as manager:
        given = await reprice(manager, path, discount="54.00", postage="0")

    assert [each.status_code for each in (refused, allowed, above, given)] == [403, 200, 403, 200]
    assert given.json()["order"]["total"] == "0.50"
    assert given.json()["order"]["original_total"] == "60.50"


async def test_of_two_agents_at_once_only_one_gets_the_ceiling(database: Database) -> None:
    async with orders_client(database, scopes=AGENT) as agent:
        path = await stated(agent)
        answers = await asyncio.gather(
            reprice(agent, path, discount="3.20"), reprice(agent, path, postage="6.80")
        )

    assert sorted(each.status_code for each in answers) == [200, 403]
    assert len(await rows_of(database, "price_changes")) == 1


async def test_same_request_again_is_answered_as_before(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)
    first = await reprice(client, path, key="once", postage="7.00")
    await reprice(client, path, postage="8.00")
    before = await counts_of(database)

    again = await reprice(client, path, key="once", postage="7.00")
    keyless = await client.post(f"{path}/price-change", json={"reason": "x", "postage": "7.00"})

    assert again.json() == first.json()
    assert await counts_of(database) == before
    assert (keyless.status_code, kind_of(keyless)) == (400, "idempotency-key-missing")


async def test_source_neither_undoes_nor_doubles_a_change(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)
    await reprice(client, path, discount="3.00")

    repeated = await client.post("/v1/orders", json=an_order(agent="S7"))
    followed = await client.post("/v1/orders", json=an_order(agent="S7", discount="3.00"))
    paid = await client.post("/v1/orders", json=an_order(payments=[a_payment("59.50")]))
    late = await reprice(client, path, discount="3.10")

    totals = [each.json()["order"]["total"] for each in (repeated, followed, paid)]
    assert totals == ["59.50"] * 3
    assert paid.json()["order"]["status"] == "paid"
    assert (late.status_code, kind_of(late)) == (409, "amend-after-payment")
    assert (await types_of(database)).count("order_amended") == 1


async def test_new_price_of_the_source_takes_the_change_out_of_the_sums(
    client: httpx.AsyncClient,
) -> None:
    path = await stated(client)
    await reprice(client, path, discount="3.00")

    told = await client.post("/v1/orders", json=an_order(postage="9.00"))
    listed = (await client.get("/v1/price-changes")).json()

    assert (told.json()["order"]["total"], told.json()["order"]["original_total"]) == (
        "61.50",
        None,
    )
    assert [item["is_superseded"] for item in listed["items"]] == [True]
    assert listed["sums"] == []


async def test_changes_are_listed_and_summed_by_store_staff_and_time(
    client: httpx.AsyncClient, database: Database
) -> None:
    for number in range(3):
        path = await stated(client, external_id=f"A-{number}")
        await reprice(client, path, discount="3.00", postage="7.50")
    made = await rows_of(database, "price_changes", "change_id")

    first = (await client.get("/v1/price-changes", params={"limit": 2})).json()
    rest = await client.get(
        "/v1/price-changes", params={"limit": 2, "cursor": first["next_cursor"]}
    )
    later = await client.get(
        "/v1/price-changes", params={"since": made[1]["at"].isoformat(), "stores": "s1"}
    )
    earlier = await client.get("/v1/price-changes", params={"until": made[1]["at"].isoformat()})
    nobody = await client.get("/v1/price-changes", params={"staff": "S-nobody"})

    assert (len(first["items"]), len(rest.json()["items"])) == (2, 1)
    assert first["sums"] == rest.json()["sums"]
    assert (first["sums"][0]["goods"], first["sums"][0]["postage"]) == ("3.00", "1.50")
    assert [len(each.json()["items"]) for each in (later, earlier, nobody)] == [2, 1, 0]


async def test_order_without_lines_gets_another_postage(client: httpx.AsyncClient) -> None:
    path = await stated(client, lines=[], total="60.50")

    changed = await reprice(client, path, postage="0", discount="4.00")
    lines = await reprice(client, path, lines=[{"line_no": 1, "unit_price": "1"}])

    assert changed.json()["order"]["total"] == "50.50"
    assert (lines.status_code, pointers(lines)) == (422, ["/lines/0/line_no"])


async def test_postage_that_staff_took_off_is_right_at_verification(
    client: httpx.AsyncClient, database: Database
) -> None:
    settings = {**effective({}), "orders.postage_check": "refuse"}
    await open_store(database, "s1", version=2, settings=settings)
    rate = {"first_units": 3, "first_price": "8.00", "further_units": 1, "further_price": "1.00"}
    await set_template(client, default=rate)
    path = await stated(client, buyer={"province": "浙江"})
    await reprice(client, path, postage="5.00")
    await client.post(f"{path}/payments", json=a_payment("57.50", external_id="p"))

    verified = await client.post(f"{path}/verification")

    assert verified.status_code == 200, verified.text
    assert verified.json()["order"]["waived_postage"] == "3.00"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"reason": ""}, "/reason"),
        ({"price": "1"}, "/price"),
        ({"postage": 5}, "/postage"),
        ({"postage": "-1"}, "/postage"),
        ({"postage": "0.001"}, "/postage"),
        ({"discount": "70.00"}, "/discount"),
        ({"lines": [{"line_no": 3, "unit_price": "1"}]}, "/lines/0/line_no"),
        ({"lines": [{"line_no": 1}, {"line_no": 1}]}, "/lines/1/line_no"),
        ({"lines": [{"line_no": 2, "discount": "6.00"}]}, "/lines/0/discount"),
        ({"lines": [{"line_no": 1, "unit_price": "9" * 20}]}, "/lines/0/unit_price"),
    ],
)
async def test_bad_change_is_pointed_at(
    client: httpx.AsyncClient, database: Database, body: dict[str, Any], pointer: str
) -> None:
    path = await stated(client)

    answer = await reprice(client, path, **body)

    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text
    assert await rows_of(database, "price_changes") == []


async def test_foreign_prices_are_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner)
        await reprice(owner, path, postage="7.00")
    async with orders_client(database, stores=["s2"]) as stranger:
        changed = await reprice(stranger, path, postage="6.00")
        listed = await stranger.get("/v1/price-changes")
        asked = await stranger.get("/v1/price-changes", params={"stores": "s1"})
    async with orders_client(database, scopes=["orders:read", "orders:write"]) as reader:
        forbidden = await reprice(reader, path, postage="6.00")

    assert (changed.status_code, kind_of(changed)) == (404, "order-unknown")
    assert (listed.json()["items"], listed.json()["sums"]) == ([], [])
    assert (asked.status_code, forbidden.status_code) == (403, 403)
