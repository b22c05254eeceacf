"""What happens to one order, over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.orders import (
    a_payment,
    a_shipment,
    an_order,
    counts_of,
    orders_client,
    rows_of,
    stated,
    types_of,
)

PAID: dict[str, Any] = {"payments": [a_payment()]}


async def test_order_lives_from_placed_to_completed(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)

    answers = [
        await client.post(f"{path}/payments", json=a_payment(external_id="p")),
        await client.post(f"{path}/shipments", json=a_shipment(external_id="s")),
        await client.post(f"{path}/delivery"),
        await client.post(f"{path}/completion", json={}),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 200, 200]
    assert [answer.json()["order"]["status"] for answer in answers] == [
        "paid",
        "shipped",
        "delivered",
        "completed",
    ]
    assert [answer.headers["etag"] for answer in answers] == ['"2"', '"3"', '"4"', '"5"']
    assert await types_of(database) == [
        "order_placed",
        "order_paid",
        "order_shipped",
        "order_delivered",
        "order_completed",
    ]
    audit = await rows_of(database, "audit_trail", "id")
    assert [line["action"] for line in audit] == [
        "order.created",
        "payment.taken",
        "parcel.sent",
        "order.delivered",
        "order.completed",
    ]
    assert audit[1]["before"]["status"] == "placed"
    assert audit[1]["after"]["status"] == "paid"


async def test_same_payment_again_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)
    first = await client.post(f"{path}/payments", json=a_payment(external_id="p"))
    before = await counts_of(database)

    again = await client.post(f"{path}/payments", json=a_payment(external_id="p"))
    otherwise = await client.post(f"{path}/payments", json=a_payment("60.00", external_id="p"))

    assert again.status_code == 200
    assert again.json() == {**first.json(), "outcome": "unchanged"}
    assert otherwise.status_code == 409
    assert otherwise.json()["errors"][0]["code"] == "fact-differs"
    assert await counts_of(database) == before


@pytest.mark.parametrize("what", ["payments", "shipments", "refunds"])
async def test_what_has_no_key_needs_one(client: httpx.AsyncClient, what: str) -> None:
    path = await stated(client, **PAID)
    bodies = {"payments": a_payment(), "shipments": a_shipment(), "refunds": {"amount": "1.00"}}

    answer = await client.post(f"{path}/{what}", json=bodies[what])

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/idempotency-key-missing")


async def test_presale_is_paid_by_deposit_and_rest(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, kind="presale")

    deposit = await client.post(f"{path}/payments", json=a_payment("20.00", external_id="d"))
    rest = await client.post(f"{path}/payments", json=a_payment("40.50", external_id="r"))

    assert [answer.json()["order"]["status"] for answer in (deposit, rest)] == ["placed", "paid"]
    assert await types_of(database) == ["order_placed", "payment_received", "order_paid"]


async def test_only_finance_corrects_a_payment(database: Database) -> None:
    async with (
        orders_client(database, scopes=["orders:write", "payments:write"]) as desk,
        orders_client(database, scopes=["payments:correct"]) as finance,
    ):
        path = await stated(desk, **PAID)
        payment = (await rows_of(database, "payments"))[0]["payment_id"]
        body = {"amount": "60.00", "reason": "bank statement"}

        refused = await desk.post(f"{path}/payments/{payment}/corrections", json=body)
        done = await finance.post(f"{path}/payments/{payment}/corrections", json=body)
        again = await finance.post(f"{path}/payments/{payment}/corrections", json=body)
        too_much = await finance.post(
            f"{path}/payments/{payment}/corrections", json={**body, "amount": "60.51"}
        )

        assert refused.status_code == 403
        assert refused.json()["scope"] == "payments:correct"
        assert (done.status_code, again.status_code, too_much.status_code) == (201, 200, 409)
        assert done.json()["order"]["status"] == "placed"
        assert done.json()["order"]["payments"][0]["stated"] == "60.50"
        assert (await types_of(database))[-1] == "payment_corrected"


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("shipments", a_shipment(external_id="s")),
        ("delivery", {}),
        ("completion", {}),
        ("refunds", {"external_id": "r", "amount": "1.00"}),
    ],
)
async def test_illegal_step_leaves_everything_as_it_was(
    client: httpx.AsyncClient, database: Database, step: str, body: dict[str, Any]
) -> None:
    path = await stated(client)
    before = await counts_of(database)

    answer = await client.post(f"{path}/{step}", json=body)

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert await counts_of(database) == before


async def test_cancelled_order_takes_no_money_and_no_parcel(client: httpx.AsyncClient) -> None:
    path = await stated(client)
    cancelled = await client.post(f"{path}/cancellation", json={"reason": "changed my mind"})

    payment = await client.post(f"{path}/payments", json=a_payment(external_id="p"))
    parcel = await client.post(f"{path}/shipments", json=a_shipment(external_id="s"))
    again = await client.post(f"{path}/cancellation")

    assert cancelled.json()["order"]["cancel_reason"] == "changed my mind"
    assert [answer.status_code for answer in (payment, parcel, again)] == [409] * 3
    assert payment.json()["status_now"] == "cancelled"


@pytest.mark.parametrize(
    ("scope", "step"),
    [
        ("payments:write", "payments"),
        ("shipments:write", "shipments"),
        ("refunds:write", "refunds"),
        ("refunds:approve", "refunds/x/approval"),
        ("refunds:approve", "refunds/x/rejection"),
        ("refunds:pay", "refunds/x/payment"),
        ("shipments:write", "delivery"),
        ("orders:write", "completion"),
        ("orders:write", "cancellation"),
    ],
)
async def test_each_step_has_its_scope(database: Database, scope: str, step: str) -> None:
    async with orders_client(database, scopes=["orders:read"]) as client:
        answer = await client.post(f"/v1/orders/ord_x/{step}", json={})

        assert (answer.status_code, answer.json().get("scope")) == (403, scope)


async def test_unknown_order_and_refund_are_not_found(client: httpx.AsyncClient) -> None:
    path = await stated(client, **PAID)

    nobody = await client.post("/v1/orders/ord_x/delivery")
    nothing = await client.post(f"{path}/refunds/ref_x/approval")

    assert (nobody.status_code, nothing.status_code) == (404, 404)
    assert nobody.json()["type"].endswith("/order-unknown")
    assert nothing.json()["type"].endswith("/refund-unknown")


async def test_same_order_posted_at_once_is_created_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/orders", json=an_order(**PAID)) for _ in range(20))
    )

    assert (
        sorted(answer.json()["outcome"] for answer in answers) == ["created"] + ["unchanged"] * 19
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    counts = await counts_of(database)
    assert (counts["orders"], counts["payments"], counts["event_log"]) == (1, 1, 2)
