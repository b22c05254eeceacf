"""Orders as tests send them, and a client of the service that takes them."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sqlalchemy import text

from services.orders.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import an_application, open_store

TABLES = (
    "orders",
    "order_lines",
    "payments",
    "shipments",
    "shipment_lines",
    "refunds",
    "refund_lines",
    "order_receipts",
    "event_log",
    "audit_trail",
)


def an_order(external_id: str = "A-1", **values: Any) -> dict[str, Any]:
    """An order of two lines that costs 60.50."""
    return {
        "store_id": "s1",
        "external_id": external_id,
        "placed_at": "2026-11-20T20:00:00+08:00",
        "lines": [
            {"sku": "tea", "name": "Tea", "quantity": 2, "unit_price": "25.25"},
            {"sku": "cup", "quantity": 1, "unit_price": "5.00", "discount": "1.00"},
        ],
        "postage": "8.00",
        "discount": "2.00",
        **values,
    }


def a_payment(amount: str = "60.50", **values: Any) -> dict[str, Any]:
    """A payment that pays `an_order` whole."""
    return {"amount": amount, "paid_at": "2026-11-20T20:05:00+08:00", **values}


def a_shipment(**values: Any) -> dict[str, Any]:
    """A parcel with all that remains."""
    return {
        "courier": "SF",
        "waybill": "SF100",
        "shipped_at": "2026-11-21T09:00:00+08:00",
        **values,
    }


def a_refund(amount: str, **values: Any) -> dict[str, Any]:
    """A refund of a row, asked for only."""
    return {"amount": amount, "requested_at": "2026-11-22T10:00:00+08:00", **values}


@asynccontextmanager
async def orders_client(database: Database, **values: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the orders service that knows the stores s1 (CNY) and s2 (JPY)."""
    await open_store(database, "s1")
    await open_store(database, "s2", currency="JPY")
    async with an_application("orders", database, SERVICE.routers, **values) as client:
        yield client


async def rows_of(database: Database, table: str, order: str = "1") -> list[Mapping[str, Any]]:
    """Every row of a table."""
    async with database.transaction() as session:
        found = await session.execute(text(f"SELECT * FROM {table} ORDER BY {order}"))
        return [dict(row) for row in found.mappings()]


async def counts_of(database: Database, tables: Sequence[str] = TABLES) -> dict[str, int]:
    """How many rows each table has."""
    async with database.transaction() as session:
        return {
            table: (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in tables
        }


async def types_of(database: Database) -> list[str]:
    """The events that were stated, in order, by the end of their names."""
    names = [row["type"] for row in await rows_of(database, "event_log", "id")]
    return [name.split(".")[1] for name in names]


async def payloads_of(database: Database) -> list[dict[str, Any]]:
    """What the events say that were stated, in order; fields at their defaults are left out."""
    return [json.loads(row["payload"]) for row in await rows_of(database, "event_log", "id")]


async def stated(client: httpx.AsyncClient, **values: Any) -> str:
    """State an order and return the path to it."""
    answer = await client.post("/v1/orders", json=an_order(**values))
    assert answer.status_code == 201, answer.text
    return f"/v1/orders/{answer.json()['order']['order_id']}"
