"""Disputes, over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.cases import Statements, keyed
from tests.support.orders import (
    a_payment,
    counts_of,
    orders_client,
    payloads_of,
    stated,
    types_of,
)
from tests.support.people import kind_of, pointers

PAID: dict[str, Any] = {"payments": [a_payment()]}
CLAIM: dict[str, Any] = {"kind": "quality", "amount": "25.25", "reason": "杯子裂了"}


async def opened(client: httpx.AsyncClient, path: str, **values: Any) -> dict[str, Any]:
    answer = await keyed(client, f"{path}/disputes", **{**CLAIM, **values})
    assert answer.status_code == 201, answer.text
    dispute: dict[str, Any] = answer.json()["dispute"]
    return dispute


async def closed(client: httpx.AsyncClient, dispute: dict[str, Any], **body: Any) -> httpx.Response:
    return await client.post(f"/v1/disputes/{dispute['dispute_id']}/closure", json=body)


async def on_list(client: httpx.AsyncClient, name: str) -> list[str]:
    items = (await client.get(f"/v1/worklists/orders/{name}")).json()["items"]
    return [order["external_id"] for order in items]


async def test_ruling_for_the_buyer_gives_a_refund(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    answer_by = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    dispute = await opened(client, path, answer_by=answer_by)
    listed = await on_list(client, "in_dispute")

    ruled = await closed(client, dispute, ruling="buyer", refund={"amount": "25.25"})
    again = await closed(client, dispute, ruling="buyer", refund={"amount": "25.25"})
    other = await closed(client, dispute, ruling="seller")

    [refund] = (await client.get(path)).json()["refunds"]
    assert (listed, await on_list(client, "in_dispute")) == (["A-1"], [])
    assert ruled.json()["dispute"]["refund_id"] == refund["refund_id"]
    assert (refund["is_disputed"], refund["is_quality_fault"]) == (True, True)
    assert (again.json()["outcome"], again.json()["dispute"]) == (
        "unchanged",
        ruled.json()["dispute"],
    )
    assert (other.status_code, kind_of(other)) == (409, "fact-differs")
    assert (await types_of(database))[2:] == [
        "dispute_opened",
        "refund_requested",
        "dispute_closed",
    ]
    told = (await payloads_of(database))[2:]
    assert datetime.fromisoformat(told[0]["answer_by"]) == datetime.fromisoformat(answer_by)
    assert told[1]["is_disputed"]
    assert (told[2]["ruling"], told[2]["refund_id"]) == ("buyer", refund["refund_id"])


async def test_other_rulings_give_none(client: httpx.AsyncClient, database: Database) -> None:
    path = await stated(client, **PAID)
    asked = await client.post(f"{path}/refunds", json={"external_id": "r", "amount": "5.00"})
    [refund] = asked.json()["order"]["refunds"]
    dispute = await opened(client, path, refund_id=refund["refund_id"])
    before = await counts_of(database)

    awarded = await closed(client, dispute, ruling="seller", refund={"amount": "1.00"})
    standing = await closed(client, dispute, ruling="withdrawn")
    unchanged = await counts_of(database)
    await client.post(f"{path}/refunds/{refund['refund_id']}/rejection")
    ruled = await closed(client, dispute, ruling="seller", note="photos")

    assert [(each.status_code, kind_of(each), pointers(each)) for each in (awarded, standing)] == [
        (409, "ruling-without-refund", ["/refund"]),
        (409, "ruling-without-refund", ["/ruling"]),
    ]
    assert unchanged == before
    assert ruled.json()["dispute"]["closing_note"] == "photos"


async def test_head_sees_refunds_and_disputes_together(client: httpx.AsyncClient) -> None:
    await stated(client, external_id="quiet", **PAID)
    money = await stated(client, external_id="money", **PAID)
    await client.post(f"{money}/refunds", json={"external_id": "r", "amount": "5.00"})
    await opened(client, await stated(client, external_id="trouble", **PAID))
    both = await stated(client, external_id="both", **PAID)
    await client.post(f"{both}/refunds", json={"external_id": "r", "amount": "5.00"})
    await opened(client, both)

    assert sorted(await on_list(client, "in_refund")) == ["both", "money"]
    assert sorted(await on_list(client, "in_dispute")) == ["both", "trouble"]
    assert sorted(await on_list(client, "in_refund_or_dispute")) == ["both", "money", "trouble"]


async def test_same_dispute_told_again_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = f"{await stated(client, **PAID)}/disputes"
    body = {**CLAIM, "external_id": "TB-W1"}
    first = await client.post(path, json=body)
    before = await counts_of(database)

    answers = await asyncio.gather(*(client.post(path, json=body) for _ in range(3)))
    other = await client.post(path, json={**body, "amount": "9.00"})

    assert first.status_code == 201
    assert {(each.status_code, each.json()["outcome"]) for each in answers} == {(200, "unchanged")}
    assert (other.status_code, pointers(other)) == (409, ["/amount"])
    assert await counts_of(database) == before


async def test_lists_have_pages_and_filters(client: httpx.AsyncClient, database: Database) -> None:
    made = [
        await opened(client, await stated(client, external_id=f"A-{n}", **PAID)) for n in range(3)
    ]
    await closed(client, made[0], ruling="settled")
    with Statements(database, "disputes", "registry_stores") as sent:
        first = (await client.get("/v1/disputes?limit=2")).json()
    rest = (await client.get(f"/v1/disputes?cursor={first['next_cursor']}")).json()["items"]

    assert sent.count == 2
    assert [each["dispute_id"] for each in first["items"] + rest] == [
        each["dispute_id"] for each in made
    ]
    for query, expected in (
        ("ruling=settled", 1),
        ("status=open&kind=quality", 2),
        ("kind=late", 0),
    ):
        items = (await client.get(f"/v1/disputes?{query}")).json()["items"]
        assert len(items) == expected
    of_one = (await client.get(f"/v1/orders/{made[1]['order_id']}/disputes")).json()
    assert of_one == [(await client.get(f"/v1/disputes/{made[1]['dispute_id']}")).json()]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "anger"}, "/kind"),
        ({"amount": "0"}, "/amount"),
        ({"amount": "1.001"}, "/amount"),
        ({"answer_by": "tomorrow"}, "/answer_by"),
    ],
)
async def test_bad_dispute_is_pointed_at(
    client: httpx.AsyncClient, body: Any, pointer: str
) -> None:
    path = await stated(client, **PAID)

    answer = await keyed(client, f"{path}/disputes", **{**CLAIM, **body})

    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_foreign_dispute_is_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner, **PAID)
        dispute = await opened(owner, path)
    single = f"/v1/disputes/{dispute['dispute_id']}"
    async with orders_client(database, stores=["s2"]) as stranger:
        answers = [
            await keyed(stranger, f"{path}/disputes", **CLAIM),
            await stranger.get(f"{path}/disputes"),
            await stranger.get(single),
            await closed(stranger, dispute, ruling="buyer"),
            await stranger.post(f"{single}/refund", json={"refund_id": "r"}),
        ]

    assert [answer.status_code for answer in answers] == [404] * 5
