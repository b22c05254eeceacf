"""Orders on their way through the house, as tests of fulfilment need them."""

from typing import Any

import httpx

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.orders import a_payment, an_order

BUYER = {"account": "b1", "name": "王小明", "phone": "13812345678", "address": "文三路 100 号"}
ELECTRONIC = {"orders.electronic_waybill_couriers": ["YTO"], "orders.default_courier": "YTO"}


async def audited_orders(
    client: httpx.AsyncClient, count: int, *, prefix: str = "A", **values: Any
) -> list[str]:
    """So many orders of one buyer that passed their audit: A-0, A-1 …"""
    told = {"payments": [a_payment()], "buyer": BUYER, **values}
    rows = [
        an_order(f"{prefix}-{n}", placed_at=f"2026-11-20T19:{n:02}:00+08:00", **told)
        for n in range(count)
    ]
    answer = await client.post("/v1/orders:batch", json=rows)
    ids = [each["order_id"] for each in answer.json()["outcomes"]]
    for verb in ("verify", "audit"):
        done = await client.post(f"/v1/orders:{verb}", json=named(ids))
        assert done.json()["counts"]["updated"] == count, done.text
    return ids


def named(order_ids: list[str], **values: Any) -> list[dict[str, Any]]:
    """A row for each order."""
    return [{"order_id": order_id, **values} for order_id in order_ids]


async def fill(client: httpx.AsyncClient, *numbers: str, **values: Any) -> httpx.Response:
    """Put waybill numbers of YTO for s1 into the pool."""
    told = {"store_id": "s1", "courier": "YTO", **values}
    rows = [{**told, "number": number} for number in numbers]
    return await client.post("/v1/waybill-numbers:batch", json=rows)


async def set_store(database: Database, version: int = 2, **settings: Any) -> None:
    """Open s1 with these settings; an underscore after `orders` stands for a dot."""
    chosen = {key.replace("orders_", "orders.", 1): value for key, value in settings.items()}
    await open_store(
        database, "s1", version=version, settings={**effective({}), **ELECTRONIC, **chosen}
    )


def codes(answer: httpx.Response) -> list[str]:
    """What became of each row of a batch: its outcome, or the code of its first error."""
    outcomes = answer.json()["outcomes"]
    return [each["errors"][0]["code"] if each["errors"] else each["outcome"] for each in outcomes]
