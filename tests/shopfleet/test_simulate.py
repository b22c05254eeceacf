"""Simulated traffic: the same for the same seed, and sound in its sums."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from shopfleet.simulate.day import earlier_days, row_at, simulated_day
from shopfleet.simulate.deeds import Deed, Story, stamp
from shopfleet.simulate.settling import settlements_of
from shopfleet.simulate.shops import DEMO_SHOPS

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
    assert sum(refund["amount"] != row["total"] for row, refund in refunds) > 8
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


def test_every_deed_is_as_rare_as_in_a_shop() -> None:
    stories = a_day(orders=3000)
    deeds = Counter(step.deed for story in stories for step in story.steps)
    kinds = Counter(
        step.body["kind"]
        for story in stories
        for step in story.steps
        if step.deed is Deed.OPEN_CASE
    )

    assert set(deeds) == set(Deed)
    assert 20 < deeds[Deed.OPEN_PROBLEM] == deeds[Deed.SOLVE_PROBLEM] < 90
    assert 5 < deeds[Deed.REGISTER_WRONG] < 50
    assert 5 < deeds[Deed.DISPUTE] == deeds[Deed.RULE] < 60
    assert 0.04 < deeds[Deed.ASK_REFUND] / deeds[Deed.PAY] < 0.09
    assert deeds[Deed.CHASE] < 60
    assert kinds["return"] > kinds["exchange"] > kinds["repair"] > 0


def test_every_parcel_is_followed_until_it_is_there() -> None:
    for story in a_day():
        reports = [step for step in story.steps if step.deed is Deed.TRACK]
        parcels = [step for step in story.steps if step.deed is Deed.SHIP]
        assert bool(reports) == bool(parcels)
        for report in reports:
            told = {row["waybill"] for row in report.body["rows"]}
            assert told == {parcel.body["waybill"] for parcel in parcels}
            assert parcels[-1].at < report.at
        assert {row["state"] for step in reports[-1:] for row in step.body["rows"]} <= {"delivered"}
        assert ("delivered_at" in row_at(story, UNTIL + 90 * DAY)) == bool(parcels)


def test_goods_come_back_after_they_arrived_and_before_their_money() -> None:
    order = (Deed.SHIP, Deed.OPEN_CASE, Deed.AGREE_CASE, Deed.SEND_BACK, Deed.INSPECT)
    for story in a_day(orders=3000):
        moments = {step.deed: step.at for step in story.steps}
        if Deed.OPEN_CASE not in moments:
            continue
        ends = (Deed.REPLACE,) if Deed.REPLACE in moments else (Deed.PAY_REFUND,)
        way = [moments[deed] for deed in (*order, *ends, Deed.CLOSE_CASE)]
        assert way == sorted(way)


def test_platform_pays_out_what_orders_brought_less_its_fee() -> None:
    stories = list(earlier_days(UNTIL, 7, 3000, shops=DEMO_SHOPS))

    found = settlements_of(stories, UNTIL)

    totals = {story.order["external_id"]: story.total_fen for story in stories}
    assert len({(each["store_id"], each["from_day"]) for each in found}) == len(found) > 5
    assert all(each["received_at"] <= stamp(UNTIL) for each in found)
    for each in found:
        brought = sum(Decimal(row["amount"]) for row in each["rows"])
        assert brought == Decimal(each["gross"]) == Decimal(each["settled"]) + Decimal(each["fee"])
        assert sum(totals[row["external_id"]] for row in each["rows"]) >= brought * 100
    assert settlements_of(stories, UNTIL - 20 * DAY) == []


def test_a_row_holds_what_had_happened_by_then() -> None:
    story = next(story for story in a_day() if len(story.steps) > 5)

    rows = [row_at(story, story.placed_at), row_at(story, UNTIL + 60 * DAY)]

    assert rows[0]["payments"] == []
    assert rows[1]["payments"][0]["amount"] == story.order["total"]
