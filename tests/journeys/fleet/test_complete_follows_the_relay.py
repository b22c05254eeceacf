"""`complete` tells within seconds that an owner's relay stands still, and that it goes on."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.prove.books import STORES
from shopfleet.prove.drafts import Json
from shopfleet.prove.fleet import ORDERS_RELAY, Fleet
from shopfleet.prove.traffic import this_moment
from tests.support.eventually import eventually
from tests.support.orders import an_order

STORE = STORES[0]
NOTICED_SECONDS = 5.5
"""5 s of the rule, and a question's time."""


async def yesterday(client: AsyncClient) -> Json:
    day = STORE.day_of(this_moment()) - timedelta(days=1)
    period = {"from": day, "to": day + timedelta(days=1), "stores": [STORE.store_id]}
    return await client.send(calls.find_kpis(**period, metrics=["orders_placed"]))


@pytest.mark.timeout(180)
async def test_complete_turns_false_while_the_relay_stands_and_true_again(
    fleet: Fleet, client: AsyncClient
) -> None:
    async def is_complete() -> bool:
        return bool((await yesterday(client))["complete"])

    async def is_incomplete() -> bool:
        return not await is_complete()

    async def holds_the_late_order() -> bool:
        """What the relay was about to say when it was stopped is of before the order."""
        answer = await yesterday(client)
        return answer["complete"] and datetime.fromisoformat(answer["as_of"]) >= accepted_at

    await eventually(is_complete, within_seconds=30)
    before = await yesterday(client)
    relay = fleet.roles[ORDERS_RELAY]
    relay.pause()
    try:
        stopped_at = time.monotonic()
        late = this_moment() - timedelta(days=1)
        order = an_order("late", store_id=STORE.store_id, placed_at=late.isoformat())
        await client.send(calls.place_order(order))
        accepted_at = datetime.now(UTC)
        await eventually(is_incomplete, within_seconds=NOTICED_SECONDS)
        noticed_in = time.monotonic() - stopped_at
        during = await yesterday(client)
    finally:
        relay.resume()
    await eventually(holds_the_late_order, within_seconds=20)
    after = await yesterday(client)

    assert noticed_in < NOTICED_SECONDS
    assert _placed(during) == _placed(before)  # what came late for it could not be told
    assert _placed(after) == _placed(before) + 1
    assert after["as_of"] > during["as_of"]


def _placed(answer: Json) -> int:
    return int(answer["rows"][0]["values"]["orders_placed"]["value"])
