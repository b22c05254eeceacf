"""A simulated day: stories spread over a stretch of time as people shop, and their rows."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shopfleet.simulate.deeds import CALM, Deed, Story
from shopfleet.simulate.rates import PLAUSIBLE, Rates
from shopfleet.simulate.shops import TIMEZONE, Shop
from shopfleet.simulate.stories import tell_story

MAX_ORDERS = 3000
DAY = timedelta(hours=24)
EARLIER = timedelta(days=12)
EARLIER_SHARE = 0.2
SLOT = timedelta(minutes=10)

HOURLY_CURVE = (
    *(22, 12, 7, 4, 3, 5, 12, 22, 36, 52, 64, 60),
    *(50, 52, 56, 60, 58, 50, 48, 60, 88, 100, 86, 48),
)
"""How busy each hour of the day is; evenings most."""

_LISTS = {Deed.PAY: "payments", Deed.SHIP: "shipments", Deed.ASK_REFUND: "refunds"}
_REFUND_STEPS = {Deed.APPROVE_REFUND: "approved_at", Deed.PAY_REFUND: "paid_at"}


def simulated_day(
    until: datetime, seed: int, orders: int, *, shops: Sequence[Shop]
) -> Iterator[Story]:
    """Yield the orders of the 24 hours before `until`, by time of placing.

    The same arguments give the same orders. Raises ValueError for more than 3,000.
    """
    if orders > MAX_ORDERS:
        raise ValueError(f"a simulated day has at most {MAX_ORDERS:,} orders")
    return simulated_stretch(until - DAY, until, seed, orders=orders, shops=shops)


def earlier_days(
    until: datetime, seed: int, orders: int, *, shops: Sequence[Shop]
) -> Iterator[Story]:
    """Yield the few orders of the days before a stretch that begins at `until`, of so many orders.

    They are those that came back, were complained of, paid out, or are to be asked about.
    """
    few = round(orders * EARLIER_SHARE)
    return simulated_stretch(until - EARLIER, until, seed, orders=few, shops=shops)


def simulated_stretch(
    since: datetime,
    until: datetime,
    seed: int,
    *,
    orders: int,
    shops: Sequence[Shop],
    rates: Rates = PLAUSIBLE,
) -> Iterator[Story]:
    """Yield `orders` orders that were placed between two moments, by time of placing."""
    choose = random.Random(f"{seed}/{since.isoformat()}/{orders}")  # noqa: S311 - make-believe
    slots = _slots(since, until)
    weights = [busyness(slot) for slot in slots]
    begins = choose.choices(slots, weights, k=orders) if slots else []
    moments = sorted(begin + min(SLOT, until - begin) * choose.random() * 0.999 for begin in begins)
    shares = [shop.share_of_orders for shop in shops]
    for moment in moments:
        shop = choose.choices(shops, shares)[0]
        yield tell_story(choose, shop, moment, pace=CALM, rates=rates)


def busyness(moment: datetime) -> int:
    """Return how busy the hour of a moment is, of 100."""
    return HOURLY_CURVE[moment.astimezone(ZoneInfo(TIMEZONE)).hour]


def row_at(story: Story, until: datetime) -> dict[str, Any]:
    """Return the order as a source tells it, with all that had happened to it by `until`.

    What the shop did in its own house no source knows.
    """
    row: dict[str, Any] = {**story.order, "payments": [], "shipments": [], "refunds": []}
    for step in story.steps:
        if step.at > until:
            break
        if step.deed in _LISTS:
            row[_LISTS[step.deed]].append(dict(step.body))
        elif step.deed in _REFUND_STEPS:
            row["refunds"][-1][_REFUND_STEPS[step.deed]] = step.body["at"]
        elif step.deed is Deed.TRACK and step.body["rows"][0]["state"] == "delivered":
            row["delivered_at"] = step.body["rows"][0]["at"]
        elif step.deed is Deed.COMPLETE:
            row["completed_at"] = step.body["at"]
        elif step.deed is Deed.CANCEL:
            row |= {"cancelled_at": step.body["at"], "cancel_reason": step.body["reason"]}
    return row


def _slots(since: datetime, until: datetime) -> list[datetime]:
    count = -(-(until - since) // SLOT)
    return [since + SLOT * number for number in range(count)]
