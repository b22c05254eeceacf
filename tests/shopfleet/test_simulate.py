"""Simulated traffic: the same for the same seed, sound in its sums, and played to the API."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import httpx
import pytest

from shopfleet.client import AsyncClient
from shopfleet.simulate.day import row_at, simulated_day, simulated_stretch
from shopfleet.simulate.shops import DEMO_SHOPS
from shopfleet.simulate.stories import HOUSE, Deed, Step, Story
from shopfleet.simulate.traffic import Agenda, Traffic, play_past
from tests.support.eventually import eventually

UNTIL = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
DAY = timedelta(hours=24)


@cache
def a_day(seed: int = 7, orders: int = 1500) -> tuple[Story, ...]:
    return tuple(simulated_day(UNTIL, seed, orders, shops=DEMO_SHOPS))


def test_the_same_seed_gives_the_same_day() -> None:
    assert a_day() == a_day.__wrapped__()
    assert a_day() != a_day(seed=8)


def test_a_day_ends_at_the_present_moment() -> None:
    moments = [story.placed_at for story in a_day()]

    assert moments == sorted(moments)
    assert UNTIL - DAY - timedelta(seconds=1) <= moments[0]
    assert moments[-1] < UNTIL


def test_a_day_has_at_most_3000_orders() -> None:
    with pytest.raises(ValueError, match="at most 3,000"):
        a_day(orders=3001)


def test_totals_are_those_of_the_lines() -> None:
    for story in a_day():
        order = story.order
        lines = sum(
            Decimal(line["unit_price"]) * line["quantity"] - Decimal(line.get("discount", "0"))
            for line in order["lines"]
        )
        total = lines + Decimal(order["postage"]) - Decimal(order["discount"])
        assert total == Decimal(order["total"]) == Decimal(story.total_fen) / 100


def test_no_more_goes_back_than_was_paid() -> None:
    for story in a_day():
        row = row_at(story, UNTIL + 60 * DAY)
        paid = sum(Decimal(payment["amount"]) for payment in row["payments"])
        refunded = sum(Decimal(refund["amount"]) for refund in row["refunds"])
        assert refunded <= paid
        assert all(refund["paid_at"] > refund["requested_at"] for refund in row["refunds"])


def test_every_kind_of_order_occurs() -> None:
    rows = [row_at(story, UNTIL) for story in a_day(orders=3000)]
    lines = [line for row in rows for line in row["lines"]]
    buyers = Counter(row["buyer"]["account"] for row in rows)
    skus = [count for _, count in Counter(line["sku"] for line in lines).most_common()]

    assert {row["store_id"] for row in rows} == {shop.store_id for shop in DEMO_SHOPS}
    assert len({row["external_id"] for row in rows}) == 3000
    assert 300 < sum(not row["payments"] for row in rows) < 700
    assert sum("cancelled_at" in row for row in rows) > 50
    assert sum(bool(row["shipments"]) for row in rows) > 500
    refunds = [(row, refund) for row in rows for refund in row["refunds"]]
    assert sum(refund["amount"] == row["total"] for row, refund in refunds) > 20
    assert sum(refund["amount"] != row["total"] for row, refund in refunds) > 20
    assert sum(line.get("is_gift", False) for line in lines) > 200
    assert sum("discount" in line for line in lines) > 200
    assert len({row["buyer"]["province"] for row in rows}) > 25
    assert sum(count > 1 for count in buyers.values()) > 200
    assert skus[0] > 8 * skus[len(skus) // 2]


def test_evenings_are_busier_than_nights() -> None:
    hours = Counter((story.placed_at.hour + 8) % 24 for story in a_day(orders=3000))

    assert hours[21] > 5 * hours[4]


def test_some_orders_are_held_by_their_audit_and_some_are_urgent() -> None:
    steps = [step for story in a_day(orders=3000) for step in story.steps]
    held = [step for step in steps if step.body.get("verdict") == "held"]

    assert 50 < len(held) < 400
    assert {step.deed for step in held} == {Deed.AUDIT}
    assert 10 < sum(step.deed is Deed.URGE for step in steps) < 120


def test_some_orders_have_problems_wrong_parcels_and_disputes() -> None:
    deeds = Counter(step.deed for story in a_day(orders=3000) for step in story.steps)

    assert 20 < deeds[Deed.OPEN_PROBLEM] == deeds[Deed.SOLVE_PROBLEM] < 90
    assert 5 < deeds[Deed.REGISTER_WRONG] < 50
    assert 5 < deeds[Deed.DISPUTE] < 60


def test_a_row_holds_what_had_happened_by_then() -> None:
    story = next(story for story in a_day() if len(story.steps) > 5)

    rows = [row_at(story, story.placed_at), row_at(story, UNTIL + 60 * DAY)]

    assert rows[0]["payments"] == []
    assert rows[1]["payments"][0]["amount"] == story.order["total"]


class FakeOrders:
    """Takes orders and what is added to them; says the sequence of deeds per order."""

    def __init__(self) -> None:
        self.deeds: dict[str, list[str]] = {}
        self.failures = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/orders:batch":
            rows = [json.loads(line) for line in request.content.splitlines()]
            outcomes = [self._outcome(index, row) for index, row in enumerate(rows)]
            return httpx.Response(200, json={"counts": {}, "outcomes": outcomes})
        if request.url.path.startswith("/v1/orders:"):
            return self._work(request)
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
        problem = {"problem_id": f"p-{order_id}"}
        return httpx.Response(200, json={"order": order, "problem": problem})

    def _work(self, request: httpx.Request) -> httpx.Response:
        rows = [json.loads(line) for line in request.content.splitlines()]
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

    unfinished = [story for story in stories if any(step.at > UNTIL for step in story.steps)]
    assert outcomes == {"created": 700}
    assert sum(seen) == len(orders.deeds) == 700
    assert len(agenda) == len(unfinished) > 0
    verbs = [deed.name.lower() for deed in HOUSE]
    assert sum("problems" in deeds for deeds in orders.deeds.values()) < 30, "the open ones alone"
    worked_on = [[deed for deed in deeds if deed in verbs] for deeds in orders.deeds.values()]
    worked_on = [deeds for deeds in worked_on if deeds]
    assert all(deeds == verbs[: len(deeds)] for deeds in worked_on), "one after the other"
    assert {len(deeds) for deeds in worked_on} == {1, 2, 3, 4, 5, 6}


async def test_what_left_the_house_is_not_worked_on() -> None:
    stories = a_day(orders=300)
    orders = FakeOrders()

    async with client_of(orders) as client:
        await play_past(client, stories, UNTIL + 60 * DAY, agenda=Agenda())

    told = {deed for deeds in orders.deeds.values() for deed in deeds}
    assert told <= {"wrong-shipments", "disputes"}


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
