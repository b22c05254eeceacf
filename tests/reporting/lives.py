"""Random lives of orders, in stores whose clocks jump, as the events that tell of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.orders import (
    OrderAmended,
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    PaymentCorrected,
    PaymentReceived,
    RefundApproved,
    RefundLine,
    RefundPaid,
    RefundRejected,
    RefundRequested,
)
from shared.contracts.orders_cases import RefundMarkedUrgent
from shared.kernel.buckets import StoreCalendar
from tests.reporting.aftermath import STEPS, reasons, spans

STORES = {
    "night": (StoreCalendar("Asia/Shanghai", 4), "CNY", datetime(2024, 6, 18, tzinfo=UTC)),
    "brazil": (StoreCalendar("America/Sao_Paulo"), "BRL", datetime(2017, 10, 15, tzinfo=UTC)),
    "autumn": (StoreCalendar("America/Sao_Paulo"), "BRL", datetime(2018, 2, 18, tzinfo=UTC)),
    "india": (StoreCalendar("Asia/Kolkata"), "INR", datetime(2024, 6, 18, tzinfo=UTC)),
    "island": (StoreCalendar("Australia/Lord_Howe", 2), "AUD", datetime(2024, 10, 6, tzinfo=UTC)),
    "york": (StoreCalendar("America/New_York"), "USD", datetime(2024, 11, 3, tzinfo=UTC)),
    "tokyo": (StoreCalendar("Asia/Tokyo"), "JPY", datetime(2024, 6, 18, tzinfo=UTC)),
}
"""Calendar, currency, and a moment near which the clocks change, where they do."""

SKUS = ("A", "B", "C", None)
EXITS = ("cancelled", "closed_unpaid", "void", "intercepted", "fraud")
PROVINCES = ("浙江省", "广东省", None)


@dataclass
class Life:
    """What happens to one order, in the order in which it happens."""

    draw: Any
    number: int
    store_id: str
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        calendar, currency, middle = STORES[self.store_id]
        self.now = self.placed_at = middle + timedelta(minutes=self.pick(st.integers(-5000, 5000)))
        self.lines = self.pick(st.lists(order_lines, max_size=3))
        self.order = {
            "store_id": self.store_id, "timezone": calendar.timezone, "currency": currency,
            "day_start": calendar.day_start, "order_id": f"o{self.number}",
            "external_id": str(self.number), "placed_at": self.placed_at,
            "buyer_key": self.pick(st.sampled_from(["ann", "bob", "cem", "dua", None])),
            "province": self.pick(st.sampled_from(PROVINCES)),
        }  # fmt: skip
        self.postage, self.discount = self.pick(st.tuples(amounts, amounts))

    def pick(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self.draw(strategy)

    def later(self) -> dict[str, Any]:
        self.now += timedelta(minutes=self.pick(st.sampled_from([0, 1, 30, 70, 1500, 9000])))
        return {"occurred_at": self.now, **self.order}

    def money(self) -> dict[str, Any]:
        total = sum(line.amount_minor for line in self.lines) + self.postage - self.discount
        return {
            "lines": self.lines, "postage_minor": self.postage, "total_minor": total,
            "discount_minor": self.discount,
        }  # fmt: skip

    def place(self) -> None:
        event = OrderPlaced(occurred_at=self.placed_at, **self.order, **self.money())
        self.events.append(event)

    def amend(self) -> None:
        before, province = self.money(), self.order["province"]
        self.lines = self.pick(st.lists(order_lines, max_size=3))
        self.order["province"] = self.pick(st.sampled_from(PROVINCES))
        event = OrderAmended(
            **self.later(), **self.money(), previous_lines=before["lines"],
            previous_total_minor=before["total_minor"], previous_province=province,
        )  # fmt: skip
        self.events.append(event)

    def pay(self) -> None:
        money = self.money()
        total, paid = money.pop("total_minor"), 0
        if self.pick(st.booleans()):
            paid = total // 3
            deposit = PaymentReceived(
                **self.later(), payment_id="p1", payment_minor=paid, paid_minor=paid,
                total_minor=total,
            )  # fmt: skip
            self.events.append(deposit)
        rest = OrderPaid(
            **self.later(), payment_id="p2", payment_minor=total - paid, paid_minor=total,
            total_minor=total, **money,
        )  # fmt: skip
        self.events.append(rest)

    def correct(self) -> None:
        paid_at, completes = self.now, self.pick(st.sampled_from([0, -1]))
        event = PaymentCorrected(
            **self.later(), payment_id="p2", paid_at=paid_at, difference_minor=self.pick(amounts),
            paid_minor=0, completes=completes, lines=self.lines, reason="typo",
        )  # fmt: skip
        self.events.append(event)

    def refund(self) -> None:
        lines = [
            RefundLine(line_no=line.line_no, sku=line.sku, quantity=line.quantity - 1,
                       amount_minor=line.amount_minor // 2,
                       unshipped_quantity=self.pick(st.integers(0, line.quantity - 1)))
            for line in self.lines[:2]
        ]  # fmt: skip
        with_return, is_fault, is_disputed, is_assumed = self.pick(st.tuples(*[st.booleans()] * 4))
        facts = {
            "refund_id": "r", "amount_minor": self.pick(amounts), "postage_minor": 0,
            "lines": lines, "reason": "", "with_return": with_return,
            "requested_at": self.pick(st.sampled_from([None, self.now])),
            "is_time_assumed": is_assumed, "reason_kind": self.pick(reasons),
            "is_quality_fault": is_fault, "is_disputed": is_disputed,
        }  # fmt: skip
        self.events += [
            RefundRequested(**self.later(), **facts),
            RefundMarkedUrgent(**self.later(), **facts),
            RefundRejected(**self.later(), **facts),
            RefundApproved(**self.later(), **facts),
            RefundPaid(**self.later(), **facts, refunded_minor=0),
        ]

    def ship(self) -> None:
        parcel: dict[str, Any] = {"shipment_id": "s", "courier": "SF", "waybill": "1", "lines": []}
        self.events += [
            OrderShipped(**self.later(), **parcel, is_complete=False),
            OrderShipped(**self.later(), **parcel, **self.deadline(), is_complete=True),
            OrderDelivered(**self.later()),
            OrderCompleted(**self.later()),
        ]

    def deadline(self) -> dict[str, Any]:
        return {
            name: self.pick(st.sampled_from([None, self.now, self.now + self.pick(spans)]))
            for name in ("paid_at", "ship_by")
        }

    def cancel(self) -> None:
        money = self.money()
        event = OrderCancelled(
            **self.later(), reason="", was_paid=self.pick(st.booleans()), lines=self.lines,
            total_minor=money["total_minor"], exit=self.pick(st.sampled_from(EXITS)),
        )  # fmt: skip
        self.events.append(event)


amounts = st.sampled_from([0, 1, 99, 1000, 12_345])
order_lines = st.builds(
    OrderLine,
    line_no=st.integers(0, 9),
    sku=st.sampled_from(SKUS),
    quantity=st.integers(1, 3),
    amount_minor=amounts,
    is_gift=st.booleans(),
)
steps = st.lists(
    st.sampled_from(
        [Life.amend, Life.pay, Life.correct, Life.refund, Life.ship, Life.cancel, *STEPS]
    ),
    max_size=5,
)


@st.composite
def histories(draw: Any, stores: tuple[str, ...] = tuple(STORES), most: int = 6) -> list[Event]:
    """Events of several orders; steps may come in any order, for figures must not care."""
    events: list[Event] = []
    for number in range(draw(st.integers(1, most))):
        life = Life(draw, number, draw(st.sampled_from(stores)))
        life.place()
        for step in draw(steps):
            step(life)
        events += life.events
    return events


def enveloped(event: Event, sequence: int = 1) -> CloudEvent[Event]:
    """Return the event as a reader hands it over."""
    return CloudEvent(
        id=str(sequence), source="/orders", type=event.type, time=event.occurred_at,
        subject=event.key(), sequence=str(sequence), partitionkey=event.key(), logid="log",
        receivedat=event.occurred_at, data=event,
    )  # fmt: skip
