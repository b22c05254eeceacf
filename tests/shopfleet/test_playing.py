"""Simulated orders as they are played to the API: the past in batches, then step by step."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shopfleet.client import AsyncClient
from shopfleet.simulate.agenda import Agenda
from shopfleet.simulate.day import simulated_stretch
from shopfleet.simulate.deeds import BEFORE_HOUSE, HOUSE, Deed, Step
from shopfleet.simulate.past import catch_up, play_past
from shopfleet.simulate.shops import DEMO_SHOPS
from shopfleet.simulate.traffic import Traffic
from tests.support.eventually import eventually

UNTIL = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


class FakeOrders:
    """Takes orders and what is added to them; says the sequence of deeds per order."""

    def __init__(self) -> None:
        self.deeds: dict[str, list[str]] = {}
        self.batches: list[str] = []
        self.failures = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if ":" in request.url.path:
            return self._take_rows(request)
        if request.method == "GET":
            order_id = request.url.path.split("/")[3]
            return httpx.Response(200, json={"refunds": [{"refund_id": f"r-{order_id}"}]})
        body = json.loads(request.content)
        if request.url.path == "/v1/orders":
            self.deeds[body["external_id"]] = []
            return httpx.Response(201, json={"order": {"order_id": body["external_id"]}})
        _, _, _, order_id, part = request.url.path.split("/", 4)
        if self.failures and part == "payments":
            self.failures -= 1
            return httpx.Response(422, json={}, headers={"Content-Type": "application/json"})
        self.deeds.setdefault(order_id, []).append(part)
        refund = {"external_id": "1", "refund_id": "r1"}
        order = {"order_id": order_id, "refunds": [refund]}
        nouns = ("problem", "case", "dispute", "invoice")
        cases = {noun: {f"{noun}_id": f"{noun[0]}-{order_id}"} for noun in nouns}
        return httpx.Response(200, json={"order": order, **cases})

    def _take_rows(self, request: httpx.Request) -> httpx.Response:
        rows = [json.loads(line) for line in request.content.splitlines()]
        if request.url.path == "/v1/orders:batch":
            outcomes = [self._outcome(index, row) for index, row in enumerate(rows)]
            return httpx.Response(200, json={"counts": {}, "outcomes": outcomes})
        if not request.url.path.startswith("/v1/orders:"):
            self.batches.append(request.url.path)
            return httpx.Response(200, json={"counts": {}, "outcomes": []})
        for row in rows:
            self.deeds[row["order_id"]].append(request.url.path.partition(":")[2])
        outcomes = [{"index": n, "outcome": "updated", **row} for n, row in enumerate(rows)]
        return httpx.Response(200, json={"counts": {}, "outcomes": outcomes})

    def _outcome(self, index: int, row: dict[str, Any]) -> dict[str, Any]:
        self.deeds[row["external_id"]] = []
        return {"index": index, "outcome": "created", "order_id": row["external_id"]}


def client_of(orders: FakeOrders) -> AsyncClient:
    return AsyncClient("http://x.example", token="t", transport=httpx.MockTransport(orders))


async def test_the_past_is_sent_and_the_rest_planned() -> None:
    stories = list(simulated_stretch(UNTIL - DAY, UNTIL, 1, orders=700, shops=DEMO_SHOPS))
    agenda, orders = Agenda(), FakeOrders()
    seen: list[int] = []

    async with client_of(orders) as client:
        outcomes = await play_past(client, stories, UNTIL, agenda=agenda, on_progress=seen.append)
        await catch_up(client, agenda, UNTIL)

    batches = Counter(orders.batches)
    unfinished = [story for story in stories if any(step.at > UNTIL for step in story.steps)]
    assert outcomes == {"created": 700}
    assert sum(seen) == sum("-" not in order for order in orders.deeds) == 700
    assert batches == {"/v1/tracking:batch": 1}, "of the second half nothing has left yet"
    assert len(agenda) == len(unfinished) > 0
    verbs = [deed.name.lower() for deed in HOUSE]
    assert sum("problems" in deeds for deeds in orders.deeds.values()) < 30, "the open ones alone"
    worked_on = [[deed for deed in deeds if deed in verbs] for deeds in orders.deeds.values()]
    worked_on = [deeds for deeds in worked_on if deeds]
    assert all(deeds == verbs[: len(deeds)] for deeds in worked_on), "one after the other"
    assert {len(deeds) for deeds in worked_on} == {1, 2, 3, 4, 5, 6}


async def test_what_left_the_house_is_not_worked_on() -> None:
    stories = list(simulated_stretch(UNTIL - DAY, UNTIL, 7, orders=300, shops=DEMO_SHOPS))
    orders, agenda = FakeOrders(), Agenda()

    async with client_of(orders) as client:
        await play_past(client, stories, UNTIL + 60 * DAY, agenda=agenda)
        await catch_up(client, agenda, UNTIL + 60 * DAY)

    told = {deed for deeds in orders.deeds.values() for deed in deeds}
    assert "after-sales" in told
    assert not told & {deed.value.rpartition("/")[2] for deed in (*HOUSE, *BEFORE_HOUSE)}
    assert orders.batches[-1] == "/v1/settlements:batch"


def steps_of(deeds: Iterable[Deed], begin: datetime) -> tuple[Step, ...]:
    return tuple(
        Step(begin + timedelta(milliseconds=number), deed, {"external_id": "1"})
        for number, deed in enumerate(deeds)
    )


async def test_live_orders_go_through_their_steps_in_order() -> None:
    orders, agenda = FakeOrders(), Agenda()
    orders.deeds["o1"] = []
    deeds = (Deed.PAY, Deed.ASK_REFUND, Deed.APPROVE_REFUND, Deed.PAY_REFUND, Deed.CANCEL)
    agenda.add("o1", steps_of(deeds, datetime.now(UTC)))

    async with client_of(orders) as client:
        traffic = Traffic(
            client=client,
            shops=DEMO_SHOPS,
            orders_a_minute=1200,
            agenda=agenda,
            choose=random.Random(1),
        )
        running = asyncio.ensure_future(traffic.run())
        await eventually(lambda: len(orders.deeds["o1"]) == 5 and agenda.done["orders"] >= 5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert orders.deeds["o1"] == [
        "payments",
        "refunds",
        "refunds/r1/approval",
        "refunds/r1/payment",
        "cancellation",
    ]


async def test_a_live_problem_is_closed_by_its_own_number() -> None:
    orders, agenda = FakeOrders(), Agenda()
    agenda.add("o1", steps_of((Deed.OPEN_PROBLEM, Deed.SOLVE_PROBLEM), datetime.now(UTC)))

    async with client_of(orders) as client:
        traffic = Traffic(
            client=client,
            shops=DEMO_SHOPS,
            orders_a_minute=0,
            agenda=agenda,
            choose=random.Random(1),
        )
        running = asyncio.ensure_future(traffic.run())
        await eventually(lambda: "p-o1" in orders.deeds)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert orders.deeds == {"o1": ["problems"], "p-o1": ["closure"]}


async def test_a_refund_of_the_past_goes_on_by_its_own_number() -> None:
    orders, agenda = FakeOrders(), Agenda()
    agenda.add("o1", steps_of((Deed.APPROVE_REFUND, Deed.PAY_REFUND), datetime.now(UTC)))

    async with client_of(orders) as client:
        traffic = Traffic(
            client=client,
            shops=DEMO_SHOPS,
            orders_a_minute=0,
            agenda=agenda,
            choose=random.Random(1),
        )
        running = asyncio.ensure_future(traffic.run())
        await eventually(lambda: len(orders.deeds.get("o1", ())) == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert orders.deeds["o1"] == ["refunds/r-o1/approval", "refunds/r1/payment"]


async def test_a_refused_step_ends_its_story_and_not_the_traffic() -> None:
    orders, agenda = FakeOrders(), Agenda()
    orders.deeds = {"o1": [], "o2": []}
    orders.failures = 1
    begin = datetime.now(UTC)
    agenda.add("o1", steps_of((Deed.PAY, Deed.SHIP), begin))
    agenda.add("o2", steps_of((Deed.PAY, Deed.SHIP), begin + timedelta(milliseconds=200)))

    async with client_of(orders) as client:
        traffic = Traffic(
            client=client,
            shops=DEMO_SHOPS,
            orders_a_minute=0,
            agenda=agenda,
            choose=random.Random(1),
        )
        running = asyncio.ensure_future(traffic.run())
        await eventually(lambda: len(orders.deeds["o2"]) == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    assert orders.deeds["o1"] == []
    assert agenda.done["failed"] == 1
