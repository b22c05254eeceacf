"""What the platform pays out for completed orders: a settlement per store and day."""

import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shopfleet.simulate.deeds import Deed, Step, Story, stamp
from shopfleet.simulate.shops import TIMEZONE, yuan

PAID_OUT_AFTER = timedelta(days=2)
LEFT_OUT = 0.04
"""The share of orders that a bill forgets."""
FEE_PER_MILLE = 6

Bills = dict[tuple[str, date], dict[str, int]]


def settlements_of(stories: Iterable[Story], until: datetime) -> list[dict[str, Any]]:
    """Return the settlements that came by `until`, each with a line for each order it is for."""
    bills: Bills = defaultdict(dict)
    for story in stories:
        steps = [each for each in story.steps if each.at <= until]
        number = story.order["external_id"]
        chance = random.Random(f"bill/{number}").random()  # noqa: S311 - make-believe
        for each in steps:
            day = each.at.astimezone(ZoneInfo(TIMEZONE)).date()
            if each.deed is Deed.COMPLETE and _received_at(day) <= until and chance >= LEFT_OUT:
                left = story.total_fen - _refunded(steps)
                bills[story.order["store_id"], day][number] = left
    return [_settlement(store, day, lines) for (store, day), lines in sorted(bills.items())]


def _refunded(steps: Iterable[Step]) -> int:
    """Return what went back: a story has one refund at most."""
    asked, is_paid = 0, False
    for each in steps:
        if each.deed is Deed.ASK_REFUND:
            asked = int(Decimal(each.body["amount"]) * 100)
        is_paid = is_paid or each.deed is Deed.PAY_REFUND
    return asked if is_paid else 0


def _received_at(day: date) -> datetime:
    return datetime.combine(day, time(10), ZoneInfo(TIMEZONE)) + PAID_OUT_AFTER


def _settlement(store: str, day: date, lines: dict[str, int]) -> dict[str, Any]:
    gross = sum(lines.values())
    fee = gross * FEE_PER_MILLE // 1000
    return {
        "store_id": store,
        "external_id": f"{store}-{day:%Y%m%d}",
        "from_day": day.isoformat(),
        "to_day": day.isoformat(),
        "gross": yuan(gross),
        "fee": yuan(fee),
        "settled": yuan(gross - fee),
        "received_at": stamp(_received_at(day)),
        "rows": [{"external_id": number, "amount": yuan(fen)} for number, fen in lines.items()],
    }
