"""Orders stated one by one, over HTTP."""

from typing import Any

import httpx

from shared.db.engine import Database
from tests.support.orders import (
    a_payment,
    a_refund,
    a_shipment,
    an_order,
    counts_of,
    orders_client,
    rows_of,
    types_of,
)


async def test_order_is_created_whole(client: httpx.AsyncClient, database: Database) -> None:
    answer = await client.post("/v1/orders", json=an_order(payments=[a_payment()]))

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["outcome"] == "created"
    assert body["order"]["status"] == "paid"
    assert body["order"]["total"] == body["order"]["paid"] == "60.50"
    assert [line["amount"] for line in body["order"]["lines"]] == ["50.50", "4.00"]
    assert await types_of(database) == ["order_placed", "order_paid"]
    assert body["receipt"].startswith(body["order"]["order_id"])


async def test_what_is_answered_is_what_is_stored(client: httpx.AsyncClient) -> None:
    parts: dict[str, Any] = {
        "payments": [a_payment("20.50", external_id="P2"), a_payment("40.00", external_id="P1")],
        "shipments": [
            a_shipment(lines=[{"line_no": 2, "quantity": 1}]),
            a_shipment(external_id="later", lines=[{"line_no": 1, "quantity": 2}]),
        ],
        "refunds": [a_refund("5.00", lines=[{"line_no": 1, "quantity": 0, "amount": "5.00"}])],
    }

    for row in (an_order(), an_order(**parts)):
        answer = (await client.post("/v1/orders", json=row)).json()

        order = answer["order"]
        assert answer["outcome"] in {"created", "updated"}
        stored = await client.get(f"/v1/orders/{order['order_id']}")
        assert stored.json() == order | {"buyer_orders": None, "stock": None}


async def test_same_order_again_is_unchanged(client: httpx.AsyncClient, database: Database) -> None:
    first = await client.post("/v1/orders", json=an_order(payments=[a_payment()]))
    before = await counts_of(database)

    second = await client.post("/v1/orders", json=an_order(payments=[a_payment()]))

    assert second.status_code == 200
    assert second.json() == {**first.json(), "outcome": "unchanged"}
    assert await counts_of(database) == before


async def test_more_of_an_order_updates_it(client: httpx.AsyncClient, database: Database) -> None:
    await client.post("/v1/orders", json=an_order(source_updated_at="2026-11-20T20:00:00+08:00"))

    answer = await client.post(
        "/v1/orders",
        json=an_order(
            source_updated_at="2026-11-21T20:00:00+08:00",
            payments=[a_payment()],
            shipments=[a_shipment()],
        ),
    )

    assert answer.status_code == 200
    assert answer.json()["outcome"] == "updated"
    assert answer.json()["order"]["status"] == "shipped"
    assert answer.json()["order"]["version"] == 2
    assert await types_of(database) == ["order_placed", "order_paid", "order_shipped"]


async def test_older_row_is_stale(client: httpx.AsyncClient, database: Database) -> None:
    paid = an_order(payments=[a_payment()], source_updated_at="2026-11-21T20:00:00+08:00")
    await client.post("/v1/orders", json=paid)
    before = await counts_of(database)

    answer = await client.post(
        "/v1/orders", json=an_order(source_updated_at="2026-11-21T19:59:59+08:00")
    )

    assert (answer.status_code, answer.json()["outcome"]) == (200, "stale")
    assert answer.json()["order"]["status"] == "paid"
    assert await counts_of(database) == before


async def test_newest_word_of_the_source_counts_even_where_nothing_changed(
    client: httpx.AsyncClient,
) -> None:
    for hour in (20, 22):
        await client.post(
            "/v1/orders", json=an_order(source_updated_at=f"2026-11-20T{hour}:00:00+08:00")
        )

    answer = await client.post(
        "/v1/orders",
        json=an_order(postage="9.00", source_updated_at="2026-11-20T21:00:00+08:00"),
    )

    assert answer.json()["outcome"] == "stale"
    assert answer.json()["order"]["postage"] == "8.00"


async def test_history_is_stated_as_backfill_with_its_own_times(
    client: httpx.AsyncClient, database: Database
) -> None:
    refund = a_refund("10.00", approved_at="2026-11-22T11:00:00+08:00")

    answer = await client.post(
        "/v1/orders",
        json=an_order(
            backfill=True,
            payments=[a_payment()],
            shipments=[a_shipment()],
            refunds=[{**refund, "paid_at": "2026-11-22T12:00:00+08:00", "is_time_assumed": True}],
            delivered_at="2026-11-22T09:00:00+08:00",
            completed_at="2026-11-22T13:00:00+08:00",
        ),
    )

    assert answer.status_code == 201, answer.text
    events = await rows_of(database, "event_log", "id")
    assert [event["type"].split(".")[1] for event in events] == [
        "order_placed",
        "order_paid",
        "order_shipped",
        "order_delivered",
        "refund_requested",
        "refund_approved",
        "refund_paid",
        "order_completed",
    ]
    assert all('"is_backfill":true' in event["payload"] for event in events)
    assert [event["occurred_at"] for event in events] == sorted(
        event["occurred_at"] for event in events
    )
    assert answer.json()["order"]["refunded"] == "10.00"


async def test_no_buyer_is_in_events_audit_or_plain_columns(
    client: httpx.AsyncClient, database: Database
) -> None:
    buyer = {"account": "tb_wang", "name": "王小明", "phone": "13812345678", "address": "文三路1号"}

    await client.post("/v1/orders", json=an_order(buyer={**buyer, "province": "浙江"}))

    for table in ("orders", "event_log", "audit_trail", "order_receipts"):
        told = repr(await rows_of(database, table))
        assert not any(secret in told for secret in buyer.values()), table
    [order] = await rows_of(database, "orders")
    [placed] = await rows_of(database, "event_log")
    assert order["province"] == "浙江"
    assert order["buyer_account_hash"] in placed["payload"]


async def test_currency_is_the_stores(client: httpx.AsyncClient) -> None:
    yen: dict[str, Any] = {"store_id": "s2", "lines": [{"quantity": 3, "unit_price": "33.5"}]}

    other = await client.post("/v1/orders", json=an_order(currency="USD"))
    fraction = await client.post("/v1/orders", json=an_order(**yen, postage="0.5", discount="0"))
    rounded = await client.post("/v1/orders", json=an_order(**yen, postage="0", discount="0"))

    assert (other.status_code, other.json()["type"]) == (422, problem("currency-mismatch"))
    assert fraction.json()["errors"][0]["pointer"] == "/postage"
    assert rounded.json()["order"]["total"] == "101"  # 100.5, half up


def problem(kind: str) -> str:
    return f"https://shopfleet.dev/problems/{kind}"


async def test_stores_of_others_are_out_of_reach(database: Database) -> None:
    async with orders_client(database) as everyone, orders_client(database, stores=["s2"]) as other:
        created = (await everyone.post("/v1/orders", json=an_order())).json()["order"]
        before = await counts_of(database)

        written = await other.post("/v1/orders", json=an_order("A-2"))
        batch = await other.post("/v1/orders:batch", json=[an_order("A-3")])
        read = await other.get(f"/v1/orders/{created['order_id']}")
        listed = await other.get("/v1/orders")
        asked = await other.get("/v1/orders?stores=s1")
        paid = await other.post(
            f"/v1/orders/{created['order_id']}/payments", json=a_payment(external_id="p")
        )

        assert (written.status_code, asked.status_code) == (403, 403)
        assert batch.json()["outcomes"][0]["errors"][0]["code"] == "store-forbidden"
        assert (read.status_code, paid.status_code) == (404, 404)
        assert listed.json()["items"] == []
        assert await counts_of(database) == before


async def test_backfill_needs_its_scope(database: Database) -> None:
    async with orders_client(database, scopes=["orders:write"]) as client:
        plain = await client.post("/v1/orders", json=an_order())
        history = await client.post("/v1/orders", json=an_order("A-2", backfill=True))

        assert plain.status_code == 201
        assert (history.status_code, history.json()["scope"]) == (403, "orders:import")


async def test_body_of_ten_megabytes_is_refused(client: httpx.AsyncClient) -> None:
    body = b'[{"store_id": "' + b"x" * 10_000_000 + b'"}]'

    answer = await client.post("/v1/orders:batch", content=body)

    assert answer.status_code == 413
    assert answer.json()["status"] == 413


async def test_same_attempt_is_answered_from_memory(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = {"Idempotency-Key": "try-1"}

    first = await client.post("/v1/orders", json=an_order(), headers=headers)
    second = await client.post("/v1/orders", json=an_order(), headers=headers)
    other = await client.post("/v1/orders", json=an_order("A-2"), headers=headers)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert other.status_code == 422
    assert (await counts_of(database))["orders"] == 1
