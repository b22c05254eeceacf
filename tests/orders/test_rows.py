"""Orders stated one by one and in batches, over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shared.db.engine import Database
from tests.support.databases import Databases
from tests.support.orders import a_payment, an_order, counts_of, orders_client, types_of


@pytest.fixture
async def client(
    databases: Databases, orders_database: Database
) -> AsyncIterator[httpx.AsyncClient]:
    await databases.empty(orders_database)
    async with orders_client(orders_database) as opened:
        yield opened


async def test_order_is_created_whole(client: httpx.AsyncClient, orders_database: Database) -> None:
    answer = await client.post("/v1/orders", json=an_order(payments=[a_payment()]))

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["outcome"] == "created"
    assert body["order"]["status"] == "paid"
    assert body["order"]["total"] == body["order"]["paid"] == "60.50"
    assert await types_of(orders_database) == ["order_placed", "order_paid"]
    assert (await counts_of(orders_database))["order_lines"] == 2


async def test_same_order_again_is_unchanged(
    client: httpx.AsyncClient, orders_database: Database
) -> None:
    first = await client.post("/v1/orders", json=an_order())
    before = await counts_of(orders_database)

    second = await client.post("/v1/orders", json=an_order())

    assert second.status_code == 200
    assert second.json() == {**first.json(), "outcome": "unchanged"}
    assert await counts_of(orders_database) == before


async def test_batch_gives_one_outcome_per_row(client: httpx.AsyncClient) -> None:
    rows = [an_order("A-1"), an_order("A-2", total="1.00"), an_order("A-1"), an_order("A-3")]

    answer = await client.post("/v1/orders:batch", json=rows)

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [row["outcome"] for row in body["outcomes"]] == [
        "created",
        "rejected",
        "rejected",
        "created",
    ]
