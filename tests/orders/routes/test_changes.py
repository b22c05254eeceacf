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
    types_of,
)

PAID: dict[str, Any] = {"payments": [a_payment()]}


async def stated(client: httpx.AsyncClient, **values: Any) -> str:
    """State an order and return the path to it."""
    answer = await client.post("/v1/orders", json=an_order(**values))
    assert answer.status_code == 201, answer.text
    return f"/v1/orders/{answer.json()['order']['order_id']}"


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
