"""An order over HTTP is on the board within a second, and its receipt says so."""

import time
from datetime import timedelta

import pytest

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.prove.books import STORES
from shopfleet.prove.fleet import ORDERS_RELAY, READER, Fleet
from shopfleet.prove.traffic import this_moment
from tests.support.eventually import eventually
from tests.support.orders import an_order

STORE = STORES[0]
DEADLINE_SECONDS = 2.0
STATES = ("accepted", "published", "reported")


async def _placed(client: AsyncClient) -> int:
    today = STORE.day_of(this_moment())
    period = {"from": today, "to": today + timedelta(days=1)}
    answer = await client.send(
        calls.find_kpis(**period, stores=[STORE.store_id], metrics=["orders_placed"])
    )
    return int(answer["rows"][0]["values"]["orders_placed"]["value"])


async def _place(client: AsyncClient, external_id: str) -> str:
    now = this_moment().isoformat()
    order = an_order(external_id, store_id=STORE.store_id, placed_at=now)
    answer = await client.send(calls.place_order(order))
    return str(answer["receipt"])


@pytest.mark.timeout(120)
async def test_an_order_is_on_the_board_within_a_second(client: AsyncClient) -> None:
    await _place(client, "warm")
    await eventually(lambda: _placed(client), within_seconds=20)
    delays = []
    for number in range(5):
        before = await _placed(client)
        await _place(client, f"quick-{number}")
        accepted_at = time.monotonic()

        async def is_there(wanted: int = before + 1) -> bool:
            return await _placed(client) == wanted

        await eventually(is_there, within_seconds=DEADLINE_SECONDS)
        delays.append(time.monotonic() - accepted_at)

    assert sorted(delays)[len(delays) // 2] < DEADLINE_SECONDS / 2, delays


@pytest.mark.timeout(120)
async def test_a_receipt_goes_from_accepted_to_published_to_reported(
    fleet: Fleet, client: AsyncClient
) -> None:
    seen: list[str] = []

    async def is_now(state: str) -> bool:
        told = await client.send(calls.find_receipt("orders", receipt))
        if told["state"] not in seen:
            seen.append(told["state"])
        return bool(told["state"] == state)

    relay, reader = fleet.roles[ORDERS_RELAY], fleet.roles[READER]
    relay.pause()
    reader.pause()
    try:
        receipt = await _place(client, "receipt")
        await eventually(lambda: is_now("accepted"), within_seconds=5)
        relay.resume()
        await eventually(lambda: is_now("published"), within_seconds=30)
    finally:
        relay.resume()
        reader.resume()
    await eventually(lambda: is_now("reported"), within_seconds=30)

    assert tuple(seen) == STATES
