"""Returns, exchanges and repairs, over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.cases import Statements, a_return, keyed, opened_case
from tests.support.orders import (
    a_payment,
    a_shipment,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
    types_of,
)
from tests.support.people import kind_of, pointers

SHIPPED: dict[str, Any] = {"payments": [a_payment()], "shipments": [a_shipment()]}
PARCEL = {"courier": "SF", "waybill": "SF-9"}


async def act(
    client: httpx.AsyncClient, case: dict[str, Any], step: str, **body: Any
) -> httpx.Response:
    return await client.post(f"/v1/after-sales/{case['case_id']}/{step}", json=body)


async def on_list(client: httpx.AsyncClient, name: str) -> list[str]:
    items = (await client.get(f"/v1/worklists/orders/{name}")).json()["items"]
    return [order["external_id"] for order in items]


async def test_return_comes_back_and_is_refunded(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **SHIPPED)
    refund = {"amount": "25.25", "lines": [{"line_no": 1, "quantity": 1, "amount": "25.25"}]}
    case = await opened_case(client, path, refund=refund, freight="12.00", reason_kind="quality")
    listed = await on_list(client, "in_after_sale")

    agreed = await act(client, case, "agreement", warehouse_id="wh-1")
    sent = await act(client, case, "return-parcel", **PARCEL)
    here = await act(client, case, "inspection", condition="intact")
    early = await act(client, case, "closure")
    money = f"{path}/refunds/{case['refund_id']}"
    paid = [await client.post(f"{money}/{step}") for step in ("approval", "payment")]
    closed = await act(client, case, "closure", note="done")

    assert [each.status_code for each in (agreed, sent, here, *paid, closed)] == [200] * 6
    assert (early.status_code, kind_of(early)) == (409, "refund-not-paid")
    assert (case["shop_freight"], case["buyer_freight"]) == ("12.00", "0.00")
    assert closed.json()["case"]["outcome"] == "refunded"
    assert (listed, await on_list(client, "in_after_sale")) == (["A-1"], [])
    assert (await types_of(database))[3:] == [
        "refund_requested",
        "after_sale_opened",
        "after_sale_agreed",
        "goods_sent_back",
        "refund_approved",
        "refund_paid",
        "after_sale_closed",
    ]
    told = (await payloads_of(database))[3:]
    assert {each["case_id"] for each in told} == {case["case_id"]}
    assert (told[0]["with_return"], told[0]["reason_kind"]) == (True, "quality")
    assert told[0]["is_quality_fault"]
    assert told[1]["refund_id"] == case["refund_id"] == told[-1]["refund_id"]
    assert told[2]["warehouse_id"] == told[3]["warehouse_id"] == "wh-1"
    assert "尺码" not in str(told[1]), "the words stay with the order"


async def test_exchange_is_tracked_until_it_is_sent(
    client: httpx.AsyncClient, database: Database
) -> None:
    lines = [{"line_no": 1, "quantity": 2, "wanted_sku": "tea-XL"}]
    case = await opened_case(
        client, await stated(client, **SHIPPED), kind="exchange", lines=lines, freight="12.01"
    )
    listed = [await on_list(client, "to_replace")]
    for step in ("agreement", "return-parcel", "inspection", "replacement", "closure"):
        body = {"condition": "intact"} if step == "inspection" else {}
        body |= PARCEL if step in {"return-parcel", "replacement"} else {}
        answer = await act(client, case, step, **body)
        assert answer.status_code == 200, answer.text
        listed.append(await on_list(client, "to_replace"))

    assert listed == [[], ["A-1"], ["A-1"], ["A-1"], [], []]
    assert (case["shop_freight"], case["buyer_freight"]) == ("6.00", "6.01")
    replaced, closed = (await payloads_of(database))[-2:]
    assert replaced["shipped"] == [{"line_no": 1, "sku": "tea-XL", "quantity": 2}]
    assert (replaced["courier"], replaced["waybill"]) == ("SF", "SF-9")
    assert closed["outcome"] == "exchanged"


async def test_existing_refund_is_linked_and_falls_with_its_case(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **SHIPPED)
    asked = {"external_id": "r1", "amount": "5.00", "with_return": True}
    refund = (await client.post(f"{path}/refunds", json=asked)).json()["order"]["refunds"][0]
    case = await opened_case(client, path)

    linked = await act(client, case, "refund", refund_id=refund["refund_id"])
    again = await act(client, case, "refund", refund_id=refund["refund_id"])
    unknown = await act(client, case, "refund", refund_id="ref_x")
    keyless = await act(client, case, "refund", amount="5.00")
    refused = await act(client, case, "refusal", reason="worn")

    order = (await client.get(path)).json()
    assert (linked.json()["outcome"], again.json()["outcome"]) == ("updated", "unchanged")
    assert (unknown.status_code, kind_of(unknown)) == (409, "refund-unfit")
    assert (keyless.status_code, kind_of(keyless)) == (400, "idempotency-key-missing")
    assert refused.json()["case"]["status"] == "refused"
    assert order["refunds"][0]["case_id"] == case["case_id"]
    assert (order["refunds"][0]["status"], order["refundable"]) == ("rejected", "60.50")
    assert (await types_of(database))[-2:] == ["refund_rejected", "after_sale_closed"]


async def test_refund_of_a_case_never_exceeds_what_was_paid(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **SHIPPED)
    before = await counts_of(database, ("after_sales", "refunds", "event_log", "audit_trail"))

    answer = await keyed(client, f"{path}/after-sales", **a_return(refund={"amount": "60.51"}))
    after = await counts_of(database, ("after_sales", "refunds", "event_log", "audit_trail"))
    whole = await opened_case(client, path, refund={})

    assert (answer.status_code, pointers(answer)) == (409, ["/refund/amount"])
    assert after == before
    assert (await rows_of(database, "refunds"))[0]["amount_minor"] == 6050
    assert whole["refund_id"] is not None


async def test_pictures_are_demanded_as_the_store_has_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **SHIPPED)
    bare = a_return(pictures=[])

    refused = await keyed(client, f"{path}/after-sales", **bare)
    repair = await keyed(client, f"{path}/after-sales", **{**bare, "kind": "repair"})
    await open_store(
        database, "s1", version=2, settings={**effective({}), "orders.return_needs_pictures": False}
    )
    taken = await keyed(client, f"{path}/after-sales", **bare)

    assert (refused.status_code, kind_of(refused)) == (422, "pictures-missing")
    assert pointers(refused) == ["/pictures"]
    assert (repair.status_code, taken.status_code) == (201, 201)


async def test_same_case_told_again_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = f"{await stated(client, **SHIPPED)}/after-sales"
    body = a_return(external_id="TB-1", refund={"amount": "5.00"})
    first = await client.post(path, json=body)
    before = await counts_of(database)

    again = await client.post(path, json=body)
    other = await client.post(path, json={**body, "kind": "exchange"})
    keyless = await client.post(path, json=a_return())

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["outcome"] == "unchanged"
    assert again.json()["case"] == first.json()["case"]
    assert (other.status_code, kind_of(other), pointers(other)) == (409, "fact-differs", ["/kind"])
    assert keyless.status_code == 400
    assert await counts_of(database) == before


async def test_racing_cases_never_hold_more_than_was_sent(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = f"{await stated(client, **SHIPPED)}/after-sales"

    answers = await asyncio.gather(*(keyed(client, path, **a_return()) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 3
    assert (await types_of(database)).count("after_sale_opened") == 2


async def test_lists_have_pages_filters_and_a_constant_cost(
    client: httpx.AsyncClient, database: Database
) -> None:
    made = []
    for number, kind in enumerate(("return", "exchange", "return")):
        path = await stated(client, external_id=f"A-{number}", **SHIPPED)
        made.append(await opened_case(client, path, kind=kind))
    await act(client, made[0], "withdrawal", reason="keeps it")
    with Statements(database, "after_sales", "registry_stores") as few:
        first = (await client.get("/v1/after-sales?limit=1")).json()
    with Statements(database, "after_sales", "registry_stores") as many:
        rest = (await client.get(f"/v1/after-sales?cursor={first['next_cursor']}")).json()

    listed = [each["case_id"] for each in first["items"] + rest["items"]]
    assert listed == [each["case_id"] for each in made]
    assert few.count == many.count == 2
    for query, expected in (
        ("status=withdrawn", made[:1]),
        ("kind=exchange", made[1:2]),
        ("status=opened&kind=return&stores=s1", made[2:]),
        (f"order_id={made[1]['order_id']}", made[1:2]),
        ("reason_kind=late", []),
    ):
        items = (await client.get(f"/v1/after-sales?{query}")).json()["items"]
        assert [each["case_id"] for each in items] == [each["case_id"] for each in expected]
    of_one = (await client.get(f"/v1/orders/{made[2]['order_id']}/after-sales")).json()
    assert [each["case_id"] for each in of_one] == [made[2]["case_id"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "swap"}, "/kind"),
        ({"lines": [{"line_no": 1, "quantity": 0}]}, "/lines/0/quantity"),
        ({"reason_kind": "mood"}, "/reason_kind"),
        ({"responsible": "nobody"}, "/responsible"),
        ({"pictures": ["javascript:x"]}, "/pictures/0"),
        ({"freight": "1.001"}, "/freight"),
        ({"freight": "-1"}, "/freight"),
        ({"refund": {"amount": "0"}}, "/refund/amount"),
        ({"unknown": 1}, "/unknown"),
    ],
)
async def test_bad_case_is_pointed_at(client: httpx.AsyncClient, body: Any, pointer: str) -> None:
    path = await stated(client, **SHIPPED)

    answer = await keyed(client, f"{path}/after-sales", **a_return(**body))

    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_foreign_case_is_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner, **SHIPPED)
        case = await opened_case(owner, path)
    async with orders_client(database, stores=["s2"]) as stranger:
        answers = [
            await keyed(stranger, f"{path}/after-sales", **a_return()),
            await stranger.get(f"{path}/after-sales"),
            await stranger.get(f"/v1/after-sales/{case['case_id']}"),
            await act(stranger, case, "agreement"),
        ]
        listed = (await stranger.get("/v1/after-sales")).json()["items"]
    async with orders_client(database, scopes=["orders:read", "refunds:write"]) as agent:
        inspected = await act(agent, case, "inspection", condition="intact")

    assert [answer.status_code for answer in answers] == [404] * 4
    assert listed == []
    assert (inspected.status_code, kind_of(inspected)) == (403, "scope-missing")
