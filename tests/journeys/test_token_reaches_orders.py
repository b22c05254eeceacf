"""Directory and orders as they run: what directory issues holds at orders."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from services.directory.app import SERVICE as DIRECTORY
from services.orders.app import SERVICE as ORDERS
from shared.command_line import ROLES
from shared.runtime import Service, serve
from shopfleet.local.ports import free_ports
from tests.support.applications import INTERNAL_SECRET, PII_KEY
from tests.support.databases import Databases
from tests.support.eventually import eventually
from tests.support.people import BOOTSTRAP, enter, log_in


@asynccontextmanager
async def running(
    service: Service, databases: Databases, kafka: str, ports: dict[str, int]
) -> AsyncIterator[str]:
    values: dict[str, Any] = {
        "database_url": await databases.create(service.name),
        "internal_secret": INTERNAL_SECRET,
        "bootstrap_secret": BOOTSTRAP,
        "pii_key": PII_KEY,
        "kafka": kafka,
        "port": ports[service.name],
        "feeds": {name: f"http://127.0.0.1:{port}" for name, port in ports.items()},
    }
    settings = service.settings(**values)
    url, stop = f"http://127.0.0.1:{settings.port}", asyncio.Event()
    async with asyncio.TaskGroup() as tasks, httpx.AsyncClient(base_url=url) as client:
        tasks.create_task(serve(service, settings, roles=ROLES, stop=stop))

        async def is_ready() -> bool:
            try:
                return (await client.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        try:
            await eventually(is_ready, within_seconds=30)
            yield url
        finally:
            stop.set()


@pytest.fixture(scope="module")
async def urls(databases: Databases, kafka: str) -> AsyncIterator[dict[str, str]]:
    ports = dict(zip(("directory", "orders"), free_ports(2), strict=True))
    async with (
        running(DIRECTORY, databases, kafka, ports) as directory,
        running(ORDERS, databases, kafka, ports) as orders,
    ):
        yield {"directory": directory, "orders": orders}


def a_client(url: str, credential: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {credential}"})


async def test_token_issued_a_moment_ago_holds_everywhere_until_its_account_ends(
    urls: dict[str, str],
) -> None:
    async with a_client(urls["directory"], BOOTSTRAP) as boss:
        number = await enter(boss, "finance")
        token = await log_in(boss, number)
        async with a_client(urls["orders"], token) as bearer:
            at_once = await bearer.get("/v1/orders")
            await boss.post(f"/v1/staff/{number}/disabling")

            async def is_refused() -> bool:
                return (await bearer.get("/v1/orders")).status_code == 401

            await eventually(is_refused, within_seconds=5)

    assert at_once.status_code == 200, at_once.text


async def test_key_and_store_made_a_moment_ago_take_an_order(urls: dict[str, str]) -> None:
    store = {
        "store_id": "journey",
        "name": "x",
        "platform": "tmall",
        "timezone": "Asia/Shanghai",
        "currency": "CNY",
    }
    order = {
        "store_id": "journey",
        "external_id": "1",
        "placed_at": "2026-01-01T10:00:00+08:00",
        "lines": [{"sku": "a", "quantity": 2, "unit_price": "9.90"}],
    }
    async with a_client(urls["directory"], BOOTSTRAP) as boss:
        opened = await boss.post("/v1/stores", json=store)
        issued = await boss.post(
            "/v1/api-keys",
            json={"name": "ERP", "scopes": ["orders:write"], "stores": ["journey"]},
            headers={"Idempotency-Key": "journey"},
        )
    async with a_client(urls["orders"], issued.json()["key"]) as integration:
        taken = await integration.post("/v1/orders", json=order)

    assert opened.status_code == 201, opened.text
    assert taken.status_code == 201, taken.text
