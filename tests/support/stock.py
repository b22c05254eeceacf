"""Goods and stock as tests tell them, and a client of the service that keeps them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx

from services.inventory.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import an_application, open_store

_numbers = count(1)


@asynccontextmanager
async def stock_client(database: Database, **values: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the inventory service that knows the stores s1, s2 and s3."""
    for store_id in ("s1", "s2", "s3"):
        await open_store(database, store_id)
    async with an_application("inventory", database, SERVICE.routers, **values) as client:
        yield client


async def rows_sent(
    client: httpx.AsyncClient, path: str, rows: Sequence[Mapping[str, Any]], **parameters: Any
) -> list[dict[str, Any]]:
    """Send a batch and return its outcomes."""
    answer = await client.post(path, json=list(rows), params=parameters)
    assert answer.status_code == 200, answer.text
    outcomes: list[dict[str, Any]] = answer.json()["outcomes"]
    return outcomes


async def know(client: httpx.AsyncClient, *skus: str | Mapping[str, Any]) -> None:
    """Let the service know SKUs."""
    rows = [{"sku": sku} if isinstance(sku, str) else sku for sku in skus]
    outcomes = await rows_sent(client, "/v1/skus:batch", rows)
    assert {row["outcome"] for row in outcomes} == {"created"}, outcomes


def a_movement(kind: str = "receive", **values: Any) -> dict[str, Any]:
    """A movement of ten of the SKU tea, with a natural key of its own."""
    return {"external_id": f"M-{next(_numbers)}", "kind": kind, "sku": "tea", "quantity": 10} | (
        values
    )


async def move(client: httpx.AsyncClient, kind: str = "receive", **values: Any) -> dict[str, Any]:
    """Post a movement and return its outcome."""
    [outcome] = await rows_sent(client, "/v1/movements:batch", [a_movement(kind, **values)])
    return outcome


async def stocked(client: httpx.AsyncClient, **units: int) -> None:
    """Let there be so many of SKUs, new ones, in the default warehouse."""
    await know(client, *units)
    rows = [a_movement(sku=sku, quantity=number) for sku, number in units.items() if number]
    if rows:
        outcomes = await rows_sent(client, "/v1/movements:batch", rows)
        assert {row["outcome"] for row in outcomes} == {"created"}, outcomes


async def level_of(
    client: httpx.AsyncClient, sku: str = "tea", warehouse: str = "main", **parameters: Any
) -> dict[str, Any]:
    """A level as it is shown."""
    wanted = {"sku": sku, "warehouse_id": warehouse, **parameters}
    answer = await client.get("/v1/stock", params=wanted)
    assert answer.status_code == 200, answer.text
    [level] = answer.json()["items"]
    found: dict[str, Any] = level
    return found


async def listed(client: httpx.AsyncClient, store_id: str, sku: str, **values: Any) -> None:
    """Let a store sell a SKU, as an item of that name."""
    unit = {"sku": sku, "price": "9.90", **values}
    row = {"store_id": store_id, "item_id": f"item-{sku}", "skus": [unit]}
    [outcome] = await rows_sent(client, "/v1/listings:batch", [row])
    assert outcome["outcome"] in {"created", "updated"}, outcome
