"""Refunds of one order, over HTTP."""

import asyncio
from typing import Any

import httpx

from shared.db.engine import Database
from tests.support.orders import (
    a_payment,
    counts_of,
    rows_of,
    stated,
    types_of,
)

PAID: dict[str, Any] = {"payments": [a_payment()]}


async def test_attempt_with_a_key_takes_effect_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    headers = {"Idempotency-Key": "refund-1"}

    first = await client.post(f"{path}/refunds", json={"amount": "5.00"}, headers=headers)
    second = await client.post(f"{path}/refunds", json={"amount": "5.00"}, headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert (await counts_of(database))["refunds"] == 1


async def test_refund_goes_its_three_steps(client: httpx.AsyncClient, database: Database) -> None:
    path = await stated(client, **PAID)
    asked = await client.post(
        f"{path}/refunds",
        json={
            "external_id": "r1",
            "amount": "30.25",
            "postage": "5.00",
            "lines": [{"line_no": 1, "quantity": 1, "amount": "25.25"}],
            "reason": "broken",
            "with_return": True,
        },
    )
    refund = f"{path}/refunds/{asked.json()['order']['refunds'][0]['refund_id']}"

    early = await client.post(f"{refund}/payment")
    approved = await client.post(f"{refund}/approval")
    paid = await client.post(f"{refund}/payment")
    late = await client.post(f"{refund}/rejection")

    assert [answer.status_code for answer in (asked, early, approved, paid, late)] == [
        201,
        409,
        200,
        200,
        409,
    ]
    assert paid.json()["order"]["refunded"] == "30.25"
    assert paid.json()["order"]["refundable"] == "30.25"
    assert (await types_of(database))[-3:] == [
        "refund_requested",
        "refund_approved",
        "refund_paid",
    ]


async def test_full_refund_after_a_part_is_the_rest(client: httpx.AsyncClient) -> None:
    path = await stated(client, **PAID)
    await client.post(f"{path}/refunds", json={"external_id": "r1", "amount": "20.00"})

    rest = await client.post(f"{path}/refunds", json={"external_id": "r2"})
    same = await client.post(f"{path}/refunds", json={"external_id": "r2"})
    more = await client.post(f"{path}/refunds", json={"external_id": "r3"})

    assert [refund["amount"] for refund in rest.json()["order"]["refunds"]] == ["20.00", "40.50"]
    assert same.json()["outcome"] == "unchanged"
    assert (more.status_code, more.json()["refundable"]) == (409, "0.00")


async def test_refund_of_an_unpaid_order_is_refused(client: httpx.AsyncClient) -> None:
    path = await stated(client)

    for body in ({"external_id": "r"}, {"external_id": "r", "amount": "1.00"}):
        answer = await client.post(f"{path}/refunds", json=body)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/refund-of-unpaid")


async def test_refunds_that_race_never_exceed_what_was_paid(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)

    answers = await asyncio.gather(
        *(
            client.post(f"{path}/refunds", json={"external_id": f"r{n}", "amount": "20.00"})
            for n in range(8)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    order = (await rows_of(database, "orders"))[0]
    assert order["claimed_minor"] == 6000 <= order["paid_minor"]
