"""Simulated orders fill every list that a shop works from, and the service refuses none of it."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.orders.app import SERVICE
from services.orders.repository.worklists import WORKLISTS
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.simulate.agenda import Agenda
from shopfleet.simulate.deeds import CALM
from shopfleet.simulate.past import catch_up, play_past
from shopfleet.simulate.rates import Rates
from shopfleet.simulate.shops import DEMO_SHOPS
from shopfleet.simulate.stories import tell_story
from tests.support.applications import a_token, application_of, open_store
from tests.support.orders import types_of

EVENTFUL = Rates(
    chased=0.06,
    stays_unpaid=0.7,
    urgent_refunds=1.0,
    urgent=0.2,
    changed=0.3,
    custom=0.25,
    problems=0.15,
    stalled=0.1,
    disputes_of_stalled=0.8,
    disputes_of_returns=0.8,
    wrong_shipments=0.1,
    returns=0.25,
    exchanges=0.2,
    repairs=0.2,
    invoices=0.35,
    unclear_invoices=0.5,
    followed_up=0.1,
)
"""So that few orders show everything."""

TOLD_BY_INVENTORY = {"out_of_stock"}
"""Nobody says here that goods are short."""

CASES = ("problems", "after-sales", "disputes", "wrong-shipments", "refunds", "worklists/invoices")
ORDERS = 140


@pytest.fixture
async def simulated(database: Database) -> AsyncIterator[AsyncClient]:
    for shop in DEMO_SHOPS:
        await open_store(database, shop.store_id)
    application = application_of("orders", database, SERVICE.routers)
    transport = httpx.ASGITransport(application)
    token = await a_token(database)
    async with AsyncClient("http://service", token=token, transport=transport) as client:
        yield client


async def test_every_list_has_something_in_it(simulated: AsyncClient, database: Database) -> None:
    choose, now, agenda = random.Random(1), utc_now(), Agenda()
    ages = sorted(
        (choose.choice((2, 14)) * 24 * choose.random() for _ in range(ORDERS)), reverse=True
    )
    stories = [
        tell_story(
            choose,
            choose.choice(DEMO_SHOPS),
            now - timedelta(hours=age),
            pace=CALM,
            rates=EVENTFUL,
        )
        for age in ages
    ]

    outcomes = await play_past(simulated, stories, now, agenda=agenda)
    await catch_up(simulated, agenda, now)

    lists = await found(simulated, "worklists/orders")
    waiting = {state["name"]: state["orders"] for state in lists}
    assert agenda.latest_error == ""
    assert outcomes == {"created": ORDERS}
    assert {name for name in WORKLISTS if not waiting[name]} == TOLD_BY_INVENTORY
    for kind in CASES:
        assert (await found(simulated, kind))["items"], kind
    states = {each["state"] for each in (await found(simulated, "worklists/invoices"))["items"]}
    assert states == {"requested", "unclear"}
    paid_out = await found(simulated, "settlements/summary")
    assert {each["store_id"] for each in paid_out} == {shop.store_id for shop in DEMO_SHOPS}
    stated = Counter(await types_of(database))
    assert stated["tracking_moved"] > ORDERS / 3
    assert stated["chase_won"] > 0


async def found(client: AsyncClient, path: str) -> Any:
    return await client.send(calls.get("orders", f"/v1/{path}"))
