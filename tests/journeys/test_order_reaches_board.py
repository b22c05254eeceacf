"""The whole way: an order is posted, orders states it, Kafka carries it, the board shows it."""

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from shared.kernel.clock import utc_now
from shared.kernel.ids import new_id
from shopfleet.local.ports import free_ports
from tests.support.applications import PII_KEY
from tests.support.browser import a_page
from tests.support.databases import Databases
from tests.support.postgres import scratch_folder
from tests.support.processes import running_service

SERVICES = ("directory", "orders", "reporting")
BOOTSTRAP = "the first secret of the journey"
ALL_ROLES = "api,relay,consumer,jobs"
STORE = "journey-1"
PAID = '[data-metric="paid_amount"] .value'
VISIBLE_SECONDS = 60.0  # readers join their group for the first time


@pytest.fixture(scope="module")
async def fleet(databases: Databases, kafka: str) -> AsyncIterator[Mapping[str, str]]:
    """Directory, orders and reporting, each a process with all its roles; base URLs by name."""
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    environment = {
        "SHOPFLEET_KAFKA": kafka,
        "SHOPFLEET_FEEDS": json.dumps(urls),
        "SHOPFLEET_PII_KEY": PII_KEY,
        "DIRECTORY_BOOTSTRAP_SECRET": BOOTSTRAP,
    }
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder())
        for name in SERVICES:
            stack.enter_context(
                running_service(
                    name,
                    await databases.create(name),
                    folder,
                    roles=ALL_ROLES,
                    port=ports[name],
                    environment=environment,
                )
            )
        yield urls


async def post(url: str, token: str, body: object) -> Any:
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.post(
            url,
            json=body,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": new_id("key")},
        )
    assert answer.is_success, answer.text
    return answer.json()


def an_order(external_id: str, amount: str) -> dict[str, Any]:
    moment = (utc_now() - timedelta(seconds=2)).isoformat()
    line = {"sku": "TENT-2P", "name": "Tent", "quantity": 1, "unit_price": amount}
    return {
        "store_id": STORE,
        "external_id": external_id,
        "placed_at": moment,
        "lines": [line],
        "buyer": {"account": "ann"},
        "payments": [{"amount": amount, "paid_at": moment}],
    }


@pytest.mark.timeout(300)
async def test_posted_order_moves_the_board(
    fleet: Mapping[str, str], chromium: Browser, record_property: Callable[[str, object], None]
) -> None:
    directory, orders, reporting = (fleet[name] for name in SERVICES)
    store = {"store_id": STORE, "name": "Journey", "platform": "own", "currency": "CNY"}
    await post(f"{directory}/v1/stores", BOOTSTRAP, {**store, "timezone": "Asia/Shanghai"})
    manager = {"staff_number": "M-1", "name": "Manager", "roles": ["owner"], "stores": [STORE]}
    await post(f"{directory}/v1/staff", BOOTSTRAP, manager)
    issued = await post(f"{directory}/v1/tokens", BOOTSTRAP, {"staff_number": "M-1"})
    token = issued["token"]
    await post_when_known(f"{orders}/v1/orders", token, an_order("J-1", "120.50"))

    async with a_page(chromium, locale="en-US") as watched:
        await signed_in(watched.page, f"{reporting}/board?token={token}")
        paid = watched.page.locator(PAID)
        await expect(paid).to_have_text("¥120.50", timeout=VISIBLE_SECONDS * 1000)
        await watched.page.evaluate("window.isSameDocument = true")
        before = time.monotonic()
        await post(f"{orders}/v1/orders", token, an_order("J-2", "79.50"))
        await expect(paid).to_have_text("¥200.00", timeout=VISIBLE_SECONDS * 1000)

        record_property("visible_seconds", round(time.monotonic() - before, 2))
        assert await watched.page.evaluate("window.isSameDocument") is True
        await expect(watched.page.locator(".fresh")).to_contain_text("Figures as of")
        assert watched.hosts == {reporting.removeprefix("http://")}


async def post_when_known(url: str, token: str, body: object) -> None:
    """Post once the store and the account have reached the service."""
    deadline = time.monotonic() + VISIBLE_SECONDS
    while True:
        try:
            await post(url, token, body)
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        else:
            return


async def signed_in(page: Any, address: str) -> None:
    """Open the board once the account has reached reporting."""
    deadline = time.monotonic() + VISIBLE_SECONDS
    while (await page.goto(address)).status != httpx.codes.OK:
        assert time.monotonic() < deadline, "the account did not reach reporting"
