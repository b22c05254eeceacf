"""A revoked API key stops working everywhere within a second."""

import time
from datetime import timedelta

import httpx
import pytest

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.prove.books import STORES
from shopfleet.prove.fleet import Fleet
from shopfleet.prove.traffic import this_moment
from tests.support.eventually import eventually

STOP_SECONDS = 1.0
STORE = STORES[0]
KEYS = 4
"""The best of them is judged: a busy machine delays some, a slow path all."""


@pytest.mark.timeout(120)
async def test_a_revoked_key_stops_in_orders_and_reporting_within_a_second(
    fleet: Fleet, client: AsyncClient
) -> None:
    delays = [await _seconds_to_stop(fleet, client) for _ in range(KEYS)]

    assert min(delays) < STOP_SECONDS, delays


async def _seconds_to_stop(fleet: Fleet, client: AsyncClient) -> float:
    body = {"name": "journey", "scopes": ["orders:read", "reports:read"], "stores": None}
    issued = await client.send(calls.post("directory", "/v1/api-keys", body))
    today = STORE.day_of(this_moment())
    urls = (
        f"{fleet.addresses['orders']}/v1/orders?limit=1",
        f"{fleet.addresses['reporting']}/v1/kpis?from={today}&to={today + timedelta(days=1)}",
    )
    headers = {"Authorization": f"Bearer {issued['key']}"}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:

        async def is_answered(status: int) -> bool:
            return {(await http.get(url)).status_code for url in urls} == {status}

        await eventually(lambda: is_answered(200), within_seconds=15)
        revocation = f"/v1/api-keys/{issued['key_id']}/revocation"
        await client.send(calls.post("directory", revocation))
        began = time.monotonic()
        await eventually(lambda: is_answered(401), within_seconds=15)
        return time.monotonic() - began
