"""Orders and inventory hear each other: seven units in three stores, and ten orders for them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.inventory import handlers as inventory
from services.orders import handlers as orders
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.carrying import Carrier
from tests.support.databases import Databases
from tests.support.orders import a_payment, an_order, orders_client
from tests.support.stock import level_of, listed, move, stocked

STORES = ("s1", "s2", "s3")


@pytest.fixture
async def shop(databases: Databases, orders_database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of orders."""
    await databases.empty(orders_database)
    async with orders_client(orders_database) as client:
        await open_store(orders_database, "s2")
        await open_store(orders_database, "s3")
        yield client


def an_order_of(number: int, quantity: int = 1) -> dict[str, Any]:
    line = {"sku": "tea", "quantity": quantity, "unit_price": "9.90"}
    values = {"lines": [line], "postage": "0", "discount": "0"}
    return an_order(f"A-{number}", store_id=STORES[number % 3], **values)


async def test_ten_orders_race_for_seven_units_in_three_stores(
    client: httpx.AsyncClient,
    shop: httpx.AsyncClient,
    database: Database,
    orders_database: Database,
) -> None:
    await stocked(client, tea=7)
    for store_id in STORES:
        await listed(client, store_id, "tea")
    there = Carrier(orders_database, database, inventory.APPLIER)
    back = Carrier(database, orders_database, orders.APPLIER)
    answer = await shop.post("/v1/orders:batch", json=[an_order_of(number) for number in range(10)])
    paths = [f"/v1/orders/{row['order_id']}" for row in answer.json()["outcomes"]]

    await there.carry()
    await back.carry()
    shown = [(await shop.get(path)).json() for path in paths]
    held = [order for order in shown if order["hold"]]
    paid = next(order for order in shown if not order["hold"])
    path = f"/v1/orders/{paid['order_id']}"
    await shop.post(f"{path}/payments", json=a_payment(paid["total"], external_id="P1"))
    parcel = {"courier": "SF", "waybill": "SF1", "shipped_at": "2026-11-21T09:00:00+08:00"}
    await shop.post(f"{path}/shipments", json={**parcel, "external_id": "S1"})
    await there.carry()
    await back.carry()

    states = [order["stock"]["state"] for order in shown]
    assert (states.count("reserved"), states.count("rejected"), len(held)) == (7, 3, 3)
    level = await level_of(client)
    assert (level["on_hand"], level["reserved"], level["available"]) == (6, 6, 0)
    figures = (await client.get("/v1/channel-stock")).json()["items"]
    assert [row["sellable"] for row in figures] == [0, 0, 0]


async def test_an_order_that_was_short_goes_on_when_it_is_paid_and_stock_came(
    client: httpx.AsyncClient,
    shop: httpx.AsyncClient,
    database: Database,
    orders_database: Database,
) -> None:
    await stocked(client, tea=1)
    there = Carrier(orders_database, database, inventory.APPLIER)
    back = Carrier(database, orders_database, orders.APPLIER)
    made = (await shop.post("/v1/orders", json=an_order_of(0, quantity=2))).json()["order"]
    path = f"/v1/orders/{made['order_id']}"
    await there.carry()
    await back.carry()
    before = (await shop.get(path)).json()

    await move(client, quantity=5)
    payment = a_payment(made["total"], external_id="P1")
    paid = await shop.post(f"{path}/payments", json=payment)
    await there.carry()
    await back.carry()

    after = (await shop.get(path)).json()
    assert (before["stock"]["state"], before["hold"]["kind"]) == ("rejected", "problem")
    assert paid.status_code in {200, 201}, paid.text
    assert (after["stock"]["state"], after["hold"]) == ("reserved", None)
    assert (await level_of(client))["reserved"] == 2
