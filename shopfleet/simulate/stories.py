"""The story of one order: what was bought, and what happens to it at which moment."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from shopfleet.simulate.basket import fill_basket
from shopfleet.simulate.people import pick_buyer
from shopfleet.simulate.shops import Shop, yuan

Json = dict[str, Any]
SPLIT_PARCELS = 0.04
SMALL_REFUNDS = 0.03
LATE_RETURNS = 0.04
HELD_AUDITS = 0.08
URGENT = 0.02
PROBLEMS = 0.02
WRONG_SHIPMENTS = 0.01
DISPUTES = 0.2
"""Of returns."""
NOTES_AGENT = 0.3
REASON_KINDS = {"不想要了": "unwanted", "尺码不合适": "wrong_size"}
AUTOMATIC_CLOSE = timedelta(hours=24)


class Deed(StrEnum):
    """What can happen to an order after it was placed."""

    PAY = "payments"
    VERIFY = "verification"
    AUDIT = "audit"
    PRINT = "printing"
    PICK = "picking"
    CHECK = "check"
    PACK = "packing"
    URGE = "urgent-mark"
    OPEN_PROBLEM = "problems"
    SOLVE_PROBLEM = "closure"
    REGISTER_WRONG = "wrong-shipments"
    DISPUTE = "disputes"
    SHIP = "shipments"
    DELIVER = "delivery"
    COMPLETE = "completion"
    CANCEL = "cancellation"
    ASK_REFUND = "refunds"
    APPROVE_REFUND = "approval"
    PAY_REFUND = "payment"


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
    regret: float
    ship: float
    deliver: float


CALM = Pace(pay=1.0, regret=60.0, ship=420.0, deliver=2880.0)
"""As in life: a minute to pay, most of a day to ship, two days to arrive."""

HURRIED = Pace(pay=0.15, regret=4.0, ship=6.0, deliver=40.0)
"""For a live board: people see an order paid within seconds and shipped within minutes."""


def tell_story(choose: random.Random, shop: Shop, placed_at: datetime, *, pace: Pace) -> Story:
    """Make up one order of a shop; the same random numbers give the same story."""
    moment = placed_at.astimezone(UTC).replace(microsecond=0)
    basket, total = fill_basket(choose, shop)
    number = f"{shop.number_prefix}{int(moment.timestamp())}{choose.randrange(10**7):07d}"
    order = {
        "store_id": shop.store_id,
        "external_id": number,
        "placed_at": stamp(moment),
        "buyer": pick_buyer(choose, shop.store_id),
        **basket,
    }
    if choose.random() < NOTES_AGENT:
        order["agent"] = choose.choice(shop.agents)
    if choose.random() < shop.pays:
        telling = _Telling(choose, shop, pace, order=order, total_fen=total)
        steps = telling.of_paid_order(moment)
    else:
        steps = _of_unpaid_order(choose, moment)
    return Story(moment, order, total, tuple(sorted(steps, key=lambda step: step.at)))


def stamp(moment: datetime) -> str:
    """Return a moment as the API takes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _of_unpaid_order(choose: random.Random, placed_at: datetime) -> list[Step]:
    if choose.random() < 0.3:  # noqa: PLR2004 - the share that says so instead of walking away
        at = placed_at + timedelta(minutes=choose.uniform(2, 60))
        reason = "买家取消"
    else:
        at = placed_at + AUTOMATIC_CLOSE
        reason = "超时未付款"
    return [Step(at, Deed.CANCEL, {"at": stamp(at), "reason": reason})]


def _house_work(choose: random.Random, paid_at: datetime, shipped_at: datetime) -> list[Step]:
    pause = (shipped_at - paid_at) / (len(HOUSE) + 1)
    moments = [paid_at + pause * number for number in range(1, len(HOUSE) + 1)]
    steps = [Step(at, deed, {"at": stamp(at)}) for at, deed in zip(moments, HOUSE, strict=True)]
    if choose.random() < HELD_AUDITS:
        held_at = steps[1].at - pause / 2
        body = {"at": stamp(held_at), "verdict": "held", "reason": "缺货"}
        steps.insert(1, Step(held_at, Deed.AUDIT, body))
    if choose.random() < PROBLEMS:
        steps[2:2] = _problem(choose, steps[1].at + pause / 4, steps[1].at + pause * 3 / 4)
    if choose.random() < URGENT:
        at = paid_at + pause / 2
        steps.insert(0, Step(at, Deed.URGE, {"at": stamp(at), "reason": "买家催发货"}))
    return steps


def _problem(choose: random.Random, opened_at: datetime, solved_at: datetime) -> list[Step]:
    kind, reason = choose.choice(
        (("out_of_stock", "缺货"), ("address", "地址不详"), ("courier", "快递不到"))
    )
    opened = {"at": stamp(opened_at), "kind": kind, "reason": reason}
    return [
        Step(opened_at, Deed.OPEN_PROBLEM, opened),
        Step(solved_at, Deed.SOLVE_PROBLEM, {"at": stamp(solved_at), "outcome": "solved"}),
    ]


@dataclass(frozen=True, slots=True)
class _Telling:
    """Tells what happens to an order that is paid."""

    choose: random.Random
    shop: Shop
    pace: Pace
    order: Json
    total_fen: int

    def of_paid_order(self, placed_at: datetime) -> list[Step]:
        paid_at = self._after(placed_at, self.pace.pay)
        payment = {
            "external_id": "1",
            "amount": yuan(self.total_fen),
            "paid_at": stamp(paid_at),
            "method": self.choose.choice(self.shop.methods),
        }
        steps = [Step(paid_at, Deed.PAY, payment)]
        if self.choose.random() < self.shop.returns_early:
            return [*steps, *self._regret(paid_at)]
        is_adjusted = self.choose.random() < SMALL_REFUNDS
        if is_adjusted:
            fen = max(1, int(self.total_fen * self.choose.uniform(0.03, 0.2)))
            asked_at = self._after(paid_at, self.pace.regret)
            steps += self._refund(asked_at, fen, reason="补差价", with_return=False)
        return [*steps, *self._journey(paid_at, may_return=not is_adjusted)]

    def _regret(self, paid_at: datetime) -> list[Step]:
        """Before it is shipped, the buyer no longer wants it: all goes back, and it is closed."""
        asked_at = self._after(paid_at, self.pace.regret)
        steps = self._refund(asked_at, self.total_fen, reason="不想要了", with_return=False)
        closed_at = steps[-1].at + timedelta(seconds=2)
        body = {"at": stamp(closed_at), "reason": "发货前退款"}
        return [*steps, Step(closed_at, Deed.CANCEL, body)]

    def _journey(self, paid_at: datetime, *, may_return: bool) -> list[Step]:
        parcels = self._parcels(paid_at)
        steps = [*_house_work(self.choose, paid_at, parcels[0].at), *parcels]
        arrived_at = self._after(steps[-1].at, self.pace.deliver)
        steps.append(Step(arrived_at, Deed.DELIVER, {"at": stamp(arrived_at)}))
        if self.choose.random() < WRONG_SHIPMENTS:
            steps.append(self._wrong_shipment(arrived_at + timedelta(seconds=5)))
        if may_return and self.choose.random() < LATE_RETURNS:
            asked_at = self._after(arrived_at, self.pace.regret * 5)
            fen = max(1, self.total_fen // self.choose.choice((1, 1, 2)))
            refund = self._refund(asked_at, fen, reason="尺码不合适", with_return=True)
            if self.choose.random() < DISPUTES:
                at = asked_at + timedelta(seconds=1)
                body = {
                    "external_id": "1",
                    "at": stamp(at),
                    "kind": "not_as_described",
                    "amount": yuan(fen),
                }
                steps.append(Step(at, Deed.DISPUTE, body))
            return [*steps, *refund]
        done_at = self._after(arrived_at, self.pace.deliver)
        return [*steps, Step(done_at, Deed.COMPLETE, {"at": stamp(done_at)})]

    def _wrong_shipment(self, at: datetime) -> Step:
        body = {
            "at": stamp(at),
            "kind": "wrong_sku",
            "shipped": [{"line_no": 1, "sku": "OTHER", "quantity": 1}],
            "cause": "拣货看错",
            "solution": "补发并致歉",
            "responsible_staff": self.choose.choice(self.shop.agents),
            "cost": "12.00",
        }
        return Step(at, Deed.REGISTER_WRONG, body)

    def _parcels(self, paid_at: datetime) -> list[Step]:
        lines = [
            {"line_no": number, "quantity": line["quantity"]}
            for number, line in enumerate(self.order["lines"], start=1)
        ]
        if len(lines) > 1 and self.choose.random() < SPLIT_PARCELS:
            contents = [lines[:1], lines[1:]]
        else:
            contents = [lines]
        steps, at = [], paid_at
        for number, content in enumerate(contents, start=1):
            at = self._after(at, self.pace.ship)
            parcel = {
                "external_id": str(number),
                "courier": self.choose.choice(self.shop.couriers),
                "waybill": f"{self.choose.randrange(10**12, 10**13)}",
                "shipped_at": stamp(at),
                "lines": content,
                "weight_grams": self.choose.randrange(80, 3000),
            }
            steps.append(Step(at, Deed.SHIP, parcel))
        return steps

    def _refund(
        self, asked_at: datetime, fen: int, *, reason: str, with_return: bool
    ) -> list[Step]:
        request = {
            "external_id": "1",
            "amount": yuan(fen),
            "reason": reason,
            "reason_kind": REASON_KINDS.get(reason, "other"),
            "with_return": with_return,
            "requested_at": stamp(asked_at),
        }
        approved_at = self._after(asked_at, self.pace.regret / 4)
        paid_at = self._after(approved_at, self.pace.regret / 10)
        return [
            Step(asked_at, Deed.ASK_REFUND, request),
            Step(approved_at, Deed.APPROVE_REFUND, {"at": stamp(approved_at)}),
            Step(paid_at, Deed.PAY_REFUND, {"at": stamp(paid_at)}),
        ]

    def _after(self, moment: datetime, typical_minutes: float) -> datetime:
        """Return a later moment: most near the typical time, a few much later."""
        minutes = typical_minutes * min(self.choose.lognormvariate(0, 0.8), 12.0)
        return moment + timedelta(seconds=max(1, round(minutes * 60)))
