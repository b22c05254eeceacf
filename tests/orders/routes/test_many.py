"""The house's work on many orders in one request."""

from typing import Any

import httpx

from shared.db.engine import Database
from tests.support.orders import a_payment, an_order, counts_of, orders_client, rows_of


async def paid_orders(client: httpx.AsyncClient, count: int) -> list[str]:
    rows = [an_order(f"A-{number}", payments=[a_payment()]) for number in range(count)]
    answer = await client.post("/v1/orders:batch", json=rows)
    return [each["order_id"] for each in answer.json()["outcomes"]]


async def act(client: httpx.AsyncClient, verb: str, rows: Any, query: str = "") -> httpx.Response:
    return await client.post(f"/v1/orders:{verb}{query}", json=rows)


def named(order_ids: list[str], **values: Any) -> list[dict[str, Any]]:
    return [{"order_id": order_id, **values} for order_id in order_ids]


async def test_many_orders_go_through_the_house_together(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await paid_orders(client, 30)

    for verb in ("verify", "audit", "print", "pick", "check", "pack"):
        answer = await act(client, verb, named(ids))
        assert answer.json()["counts"]["updated"] == 30, answer.text
    again = await act(client, "pack", named(ids))

    assert again.json()["counts"]["unchanged"] == 30
    assert {row["status"] for row in await rows_of(database, "orders")} == {"packed"}
    log = await rows_of(database, "event_log", "id")
    assert sum(row["type"] == "orders.order_packed.v1" for row in log) == 30


async def test_each_row_has_its_outcome(client: httpx.AsyncClient, database: Database) -> None:
    first, second, third = await paid_orders(client, 3)
    await act(client, "verify", named([first, second]))
    rows = [
        *named([first, second], verdict="passed"),
        {"order_id": first},
        {"order_id": third},
        {"order_id": "ord_unknown"},
        {"order_id": 5},
        {"verdict": "passed"},
        {"order_id": second + "x", "verdict": "maybe"},
    ]

    answer = await act(client, "audit", rows)

    outcomes = answer.json()["outcomes"]
    assert [each["outcome"] for each in outcomes] == ["updated"] * 2 + ["rejected"] * 6
    assert [[error["code"] for error in each["errors"]] for each in outcomes[2:6]] == [
        ["repeated-key"],
        ["illegal-move"],
        ["order-unknown"],
        ["string_type"],
    ]
    receipt = await client.get(f"/v1/receipts/orders/{outcomes[0]['receipt']}")
    assert receipt.status_code == 200


async def test_dry_run_and_reject_all_write_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await paid_orders(client, 2)
    before = await counts_of(database)

    dry = await act(client, "verify", named(ids), "?dry_run=true")
    refused = await act(client, "verify", named([*ids, "ord_unknown"]), "?error_policy=reject_all")

    assert dry.json()["counts"]["updated"] == 2
    assert refused.status_code == 422
    assert await counts_of(database) == before


async def test_orders_of_other_stores_are_not_worked_on(database: Database) -> None:
    async with orders_client(database) as owner:
        ids = await paid_orders(owner, 1)
    async with orders_client(database, stores=["s2"]) as stranger:
        answer = await act(stranger, "verify", named(ids))

    assert answer.json()["outcomes"][0]["errors"][0]["code"] == "order-unknown"
    assert answer.json()["counts"]["updated"] == 0
