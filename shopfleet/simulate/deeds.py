"""What can happen to an order, and the story of one: its steps in order of time."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from shopfleet.simulate.rates import Rates
from shopfleet.simulate.shops import Shop

Json = dict[str, Any]


class Deed(StrEnum):
    """What can happen to an order after it was placed, by the path that tells the API of it."""

    CHASE = "orders/{order}/chase"
    PAY = "orders/{order}/payments"
    URGE = "orders/{order}/urgent-mark"
    WISH = "orders/{order}/special-requests"
    REDIRECT = "orders/{order}/delivery-change"
    AGREE_CUSTOM = "orders/{order}/custom-work"
    VERIFY = "orders/{order}/verification"
    AUDIT = "orders/{order}/audit"
    PRINT = "orders/{order}/printing"
    PICK = "orders/{order}/picking"
    CHECK = "orders/{order}/check"
    PACK = "orders/{order}/packing"
    OPEN_PROBLEM = "orders/{order}/problems"
    SOLVE_PROBLEM = "problems/{problem}/closure"
    SHIP = "orders/{order}/shipments"
    TRACK = "tracking:batch"
    COMPLETE = "orders/{order}/completion"
    FOLLOW_UP = "orders/{order}/follow-up"
    CANCEL = "orders/{order}/cancellation"
    ASK_REFUND = "orders/{order}/refunds"
    URGE_REFUND = "orders/{order}/refunds/{refund}/urgent-mark"
    APPROVE_REFUND = "orders/{order}/refunds/{refund}/approval"
    PAY_REFUND = "orders/{order}/refunds/{refund}/payment"
    OPEN_CASE = "orders/{order}/after-sales"
    AGREE_CASE = "after-sales/{case}/agreement"
    SEND_BACK = "after-sales/{case}/return-parcel"
    INSPECT = "after-sales/{case}/inspection"
    REPLACE = "after-sales/{case}/replacement"
    CLOSE_CASE = "after-sales/{case}/closure"
    DISPUTE = "orders/{order}/disputes"
    RULE = "disputes/{dispute}/closure"
    REGISTER_WRONG = "orders/{order}/wrong-shipments"
    ASK_INVOICE = "orders/{order}/invoices"
    CLEAR_INVOICE = "orders/{order}/invoices/{invoice}/clearing"
    ISSUE_INVOICE = "orders/{order}/invoices/{invoice}/issue"


BEFORE_HOUSE = (Deed.URGE, Deed.WISH, Deed.REDIRECT, Deed.AGREE_CUSTOM)
"""What is told of a paid order before the shop works on it."""

HOUSE = (Deed.VERIFY, Deed.AUDIT, Deed.PRINT, Deed.PICK, Deed.CHECK, Deed.PACK)
"""What the shop does with a paid order before it is shipped, one after the other."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, with the body that tells the API of it."""

    at: datetime
    deed: Deed
    body: Json


@dataclass(frozen=True, slots=True)
class Story:
    """An order as it is placed, and its steps in order of time."""

    placed_at: datetime
    order: Json
    total_fen: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things happen: the typical minutes between them."""

    pay: float
    chase: float
    regret: float
    ship: float
    deliver: float


CALM = Pace(pay=1.0, chase=840.0, regret=60.0, ship=420.0, deliver=2880.0)
"""As in life: a minute to pay, most of a day to ship, two days to arrive."""

HURRIED = Pace(pay=0.15, chase=3.0, regret=4.0, ship=6.0, deliver=40.0)
"""For a live board: people see an order paid within seconds and shipped within minutes."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Chance and pace of an order of a shop."""

    choose: random.Random
    shop: Shop
    pace: Pace
    rates: Rates

    def happens(self, rate: float) -> bool:
        """Say whether something happens that happens so often."""
        return self.choose.random() < rate

    def after(self, moment: datetime, typical_minutes: float) -> datetime:
        """Return a later moment: most near the typical time, a few much later."""
        minutes = typical_minutes * min(self.choose.lognormvariate(0, 0.8), 12.0)
        return moment + timedelta(seconds=max(1, round(minutes * 60)))

    def waybill(self) -> Json:
        """Return a courier and a number of its own."""
        number = f"{self.choose.randrange(10**12, 10**13)}"
        return {"courier": self.choose.choice(self.shop.couriers), "waybill": number}


def stamp(moment: datetime) -> str:
    """Return a moment as the API takes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def step(at: datetime, deed: Deed, **body: Any) -> Step:
    """Return a step whose body says when it happened."""
    return Step(at, deed, {"at": stamp(at), **body})
