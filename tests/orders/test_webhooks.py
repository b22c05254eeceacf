"""The buyer's channel gets its notice of each tracking state by webhook (物流跟踪)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.db.engine import Database
from shopfleet.webhooks import verify_webhook
from tests.support.orders import a_payment, a_shipment, stated
from tests.support.webhooks import (
    Clock,
    dispatching,
    number,
    receiving,
    registered,
    settle,
    webhooks_client,
)


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


async def report(client: httpx.AsyncClient, *states: str) -> None:
    rows = [
        {"courier": "SF", "waybill": "SF1", "state": state, "at": ago(10 - place)}
        for place, state in enumerate(states)
    ]
    answer = await client.post("/v1/tracking:batch", json=rows)
    assert answer.json()["counts"]["rejected"] == 0, answer.text


async def test_each_tracking_state_is_told_to_the_channel_of_its_store(database: Database) -> None:
    order: dict[str, Any] = {
        "placed_at": ago(30),
        "payments": [a_payment(paid_at=ago(29))],
        "shipments": [a_shipment(waybill="SF1", shipped_at=ago(28))],
    }
    clock = Clock()
    async with webhooks_client(database) as client, receiving() as channel:
        types = ["orders.tracking_moved.v1"]
        endpoint = await registered(client, channel.url, types=types, stores=["s1"])
        path = await stated(client, **order)
        await report(client, "collected", "in_transit", "in_transit", "delivered")
        await number(database)

        async with dispatching(database, clock) as dispatch:
            await settle(dispatch)

    moves = [each.event for each in channel.received]
    assert [move["data"]["state"] for move in moves] == ["collected", "in_transit", "delivered"]
    assert {move["subject"] for move in moves} == {path.rpartition("/")[2]}
    assert {move["data"]["waybill"] for move in moves} == {"SF1"}
    for each in channel.received:
        assert verify_webhook(each.body, each.headers, endpoint["secret"], now=clock().timestamp())
