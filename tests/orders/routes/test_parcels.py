"""Shared and split parcels over HTTP: planned, printed, sent, undone."""

import asyncio
from typing import Any

import httpx

from shared.db.engine import Database
from tests.support.fulfilment import BUYER, audited_orders, codes, fill, named, set_store
from tests.support.orders import (
    a_payment,
    an_order,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    types_of,
)
from tests.support.pdf import pages_of, texts_of
from tests.support.people import kind_of

TABLES = ("parcels", "parcel_lines", "event_log", "audit_trail", "order_receipts")


async def merge(client: httpx.AsyncClient, *ids: str) -> httpx.Response:
    return await client.post("/v1/parcels:merge", json={"order_ids": ids})


async def split(client: httpx.AsyncClient, order_id: str, *parcels: Any) -> httpx.Response:
    body = {"order_id": order_id, "parcels": [[part(*row) for row in rows] for rows in parcels]}
    return await client.post("/v1/parcels:split", json=body)


def part(line_no: int, quantity: int) -> dict[str, int]:
    return {"line_no": line_no, "quantity": quantity}


async def test_orders_of_one_buyer_and_address_are_found(
    client: httpx.AsyncClient, database: Database
) -> None:
    first, second = await audited_orders(client, 2)
    await audited_orders(client, 1, prefix="B", buyer={**BUYER, "address": "elsewhere"})
    await audited_orders(client, 1, prefix="C", buyer={**BUYER, "account": "b2"})
    url = "/v1/parcels:candidates?stores=s1"

    found = (await client.get(url)).json()
    await merge(client, first, second)
    async with orders_client(database, stores=["s2"]) as stranger:
        forbidden = await stranger.get(url)
        others = (await stranger.get("/v1/parcels:candidates")).json()

    assert [each["order_ids"] for each in found] == [[first, second]]
    assert found[0]["external_ids"] == ["A-0", "A-1"]
    assert (await client.get(url)).json() == []
    assert (forbidden.status_code, others) == (403, [])


async def test_shared_parcel_is_printed_and_sent_for_all_its_orders(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    first, second, other = await audited_orders(client, 3)
    await fill(client, "YT1", "YT2")

    plan = await merge(client, first, second)
    again = await merge(client, second, first)
    printed = await client.post("/v1/orders:print", json=named([second, other]))
    file = await client.post("/v1/orders:waybills", json={"order_ids": [second]})
    sent = await client.post("/v1/orders:ship", json=named([first, second], weight_grams=900))

    assert again.json() == plan.json()
    assert (await types_of(database)).count("parcels_planned") == 2
    assert codes(printed) == ["updated", "updated"]
    [page] = pages_of(file.content)
    assert {"YT1", "订单 A-0 A-1", "共 6 件"} <= set(texts_of(page))
    assert codes(sent) == ["updated", "unchanged"]
    orders = {row["order_id"]: row for row in await rows_of(database, "orders")}
    assert (orders[first]["status"], orders[second]["status"]) == ("shipped", "shipped")
    shipped = await rows_of(database, "shipments", "order_id")
    assert {row["waybill"] for row in shipped} == {"YT1"}
    weights = {row["order_id"]: row["weight_grams"] for row in shipped}
    assert weights == {first: 900, second: None}, "a parcel is weighed once"
    told = [each for each in await payloads_of(database) if "previous_status" in each]
    assert [each.get("waybill") for each in told[-3:]] == ["YT1", "YT1", "YT2"]
    planned = [each for each in await payloads_of(database) if "parcels" in each]
    assert [parcel["order_ids"] for parcel in planned[0]["parcels"]] == [sorted([first, second])]


async def test_split_order_has_a_number_and_a_page_for_each_parcel(
    client: httpx.AsyncClient, database: Database
) -> None:
    await set_store(database)
    [order_id] = await audited_orders(client, 1)
    await fill(client, "YT1", "YT2")

    plan = await split(client, order_id, [(1, 1)])
    unclear = await client.post(f"/v1/orders/{order_id}/printing", json={"waybill": "X"})
    await client.post(f"/v1/orders/{order_id}/printing")
    file = await client.post("/v1/orders:waybills", json={"order_ids": [order_id]})
    rows = named([order_id], weight_grams=100) + named([order_id], waybill="YT2")
    sent = await client.post("/v1/orders:ship", json=rows)

    held = [[(c["line_no"], c["quantity"]) for c in each["contents"]] for each in plan.json()]
    assert held == [[(1, 1)], [(1, 1), (2, 1)]], "what no part names is one more parcel"
    assert (unclear.status_code, kind_of(unclear)) == (422, "waybill-ambiguous")
    pages = [texts_of(page) for page in pages_of(file.content)]
    assert [("共 1 件  包裹 1/2" in pages[0]), ("共 2 件  包裹 2/2" in pages[1])] == [True, True]
    assert codes(sent) == ["updated", "updated"]
    told = next(each for each in await payloads_of(database) if "waybills" in each)
    assert (told["waybill"], told["waybills"]) == ("YT1", ["YT1", "YT2"])
    shown = (await client.get(f"/v1/orders/{order_id}")).json()
    assert shown["status"] == "shipped"
    assert [(s["waybill"], s["weight_grams"]) for s in shown["shipments"]] == [
        ("YT1", 100),
        ("YT2", None),
    ]


async def test_couriers_file_ships_planned_parcels(client: httpx.AsyncClient) -> None:
    shared, partner, alone = await audited_orders(client, 3)
    await merge(client, shared, partner)
    await split(client, alone, [(1, 2)], [(2, 1)])
    lines = "订单号,快递公司,运单号\nA-0,SF,1\nA-1,SF,1\nA-2,SF,2\nA-2,SF,3\nA-2,SF,4\nA-1,SF,9"

    answer = await client.post("/v1/shipments:import?store_id=s1", content=lines.encode())

    assert codes(answer) == [
        "updated",
        "unchanged",
        "updated",
        "updated",
        "illegal-move",
        "illegal-move",
    ]
    parcels = (await client.get(f"/v1/orders/{alone}/parcels")).json()
    assert [(each["waybill"], each["shipped_at"] is not None) for each in parcels] == [
        ("2", True),
        ("3", True),
    ]


async def test_plans_are_refused_where_parcels_cannot_be(
    client: httpx.AsyncClient, database: Database
) -> None:
    first, second, third = await audited_orders(client, 3)
    [elsewhere] = await audited_orders(client, 1, prefix="B", buyer={**BUYER, "address": "far"})
    [stranger] = await audited_orders(client, 1, prefix="C", buyer={**BUYER, "account": "b2"})
    [nameless] = await audited_orders(client, 1, prefix="D", buyer=None)
    await client.post("/v1/orders:print", json=named([third]))
    before = await counts_of(database, TABLES)

    answers = [
        await merge(client, first, elsewhere),
        await merge(client, first, stranger),
        await merge(client, nameless, nameless + "0"),
        await merge(client, first, third),
        await merge(client, first, first),
        await split(client, first, [(1, 3)]),
        await split(client, first, [(1, 1)], [(1, 2)]),
        await split(client, first, [(9, 1)]),
        await split(client, first, [(1, 1), (1, 1)]),
        await split(client, first, [(1, 2), (2, 1)]),
    ]

    assert [kind_of(answer) for answer in answers] == [
        "parcels-differ",
        "parcels-differ",
        "order-unknown",
        "not-plannable",
        "too-few-parcels",
        "shipment-exceeds-order",
        "shipment-exceeds-order",
        "line-unknown",
        "duplicate-line",
        "too-few-parcels",
    ]
    assert await counts_of(database, TABLES) == before
    await merge(client, first, second)
    otherwise = [await split(client, first, [(1, 1)])]
    assert [kind_of(answer) for answer in otherwise] == ["already-planned"]


async def test_plan_is_undone_before_printing_only(
    client: httpx.AsyncClient, database: Database
) -> None:
    first, second = await audited_orders(client, 2)
    await merge(client, first, second)

    undone = await client.post(f"/v1/orders/{second}/parcels/undoing")
    nothing = await client.post(f"/v1/orders/{second}/parcels/undoing")
    left = (await client.get(f"/v1/orders/{first}/parcels")).json()
    await merge(client, first, second)
    await client.post("/v1/orders:print", json=named([first]))
    late = await client.post(f"/v1/orders/{first}/parcels/undoing")

    assert (undone.status_code, nothing.status_code, left) == (204, 204, [])
    told = [each["parcels"] for each in await payloads_of(database) if "parcels" in each]
    assert [len(parcels) for parcels in told] == [1, 1, 0, 0, 1, 1]
    assert (late.status_code, kind_of(late)) == (409, "parcels-printed")


async def test_one_order_holds_all_that_share_its_parcel(
    client: httpx.AsyncClient, database: Database
) -> None:
    first, second, third = await audited_orders(client, 3)
    await merge(client, first, second, third)
    await client.post(f"/v1/orders/{second}/fraud-hold", json={"reason": "odd"})

    held = await client.post("/v1/orders:print", json=named([first, third]))
    await client.post(f"/v1/orders/{second}/fraud-hold/release")
    await client.post(f"/v1/orders/{third}/cancellation", json={"reason": "no more"})
    freed = await client.post("/v1/orders:print", json=named([first]))
    sent = await client.post("/v1/orders:ship", json=named([first], courier="SF", waybill="1"))

    assert (codes(held), codes(freed), codes(sent)) == (
        ["order-held"] * 2,
        ["updated"],
        ["updated"],
    )
    orders = {row["order_id"]: row["status"] for row in await rows_of(database, "orders")}
    assert orders == {first: "shipped", second: "shipped", third: "void"}


async def test_address_that_changed_meanwhile_parts_the_orders(client: httpx.AsyncClient) -> None:
    first, second = await audited_orders(client, 2)
    await merge(client, first, second)
    buyer = {**BUYER, "address": "moved"}
    placed_at = "2026-11-20T19:01:00+08:00"
    moved = an_order("A-1", payments=[a_payment()], buyer=buyer, placed_at=placed_at)
    await client.post("/v1/orders", json=moved)

    answer = await client.post("/v1/orders:print", json=named([first]))

    assert codes(answer) == ["parcels-differ"]


async def test_plans_made_at_the_same_time_are_one(
    client: httpx.AsyncClient, database: Database
) -> None:
    first, second, third = await audited_orders(client, 3)

    answers = await asyncio.gather(
        merge(client, first, second), merge(client, second, third), merge(client, second, first)
    )

    assert max(answer.status_code for answer in answers) == 409
    assert len(await rows_of(database, "parcels")) == 1
    held = [row["order_id"] for row in await rows_of(database, "parcel_lines")]
    assert second in held
    assert len(set(held)) == 2


async def test_parcels_of_other_stores_are_not_seen(database: Database) -> None:
    async with orders_client(database) as owner:
        first, second = await audited_orders(owner, 2)
    async with orders_client(database, stores=["s2"]) as stranger:
        answers = [
            await merge(stranger, first, second),
            await split(stranger, first, [(1, 1)]),
            await stranger.get(f"/v1/orders/{first}/parcels"),
            await stranger.post(f"/v1/orders/{first}/parcels/undoing"),
        ]

    assert [kind_of(answer) for answer in answers] == ["order-unknown"] * 4
