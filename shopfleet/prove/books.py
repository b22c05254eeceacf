"""The books of the traffic: what the API has acknowledged, by store, business day and figure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

COUNTED = ("orders_placed", "orders_paid", "refunds", "refunds_requested", "refunds_approved")
MONEY = ("placed_amount", "paid_amount", "refunded_amount")
FIGURES = (*COUNTED, *MONEY)


@dataclass(frozen=True, slots=True)
class ProvenStore:
    """A store of the proof; its business day begins `day_start` whole hours after midnight."""

    store_id: str
    timezone: str
    currency: str
    digits: int
    day_start: int = 0

    def amount(self, minor: int) -> str:
        """Return an amount as the API takes and gives it."""
        return f"{Decimal(minor).scaleb(-self.digits):.{self.digits}f}"

    def day_of(self, at: datetime) -> date:
        """Return the business day of a moment."""
        local = at.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)
        return (local - timedelta(hours=self.day_start)).date()

    def body(self) -> dict[str, object]:
        """Return the store as `POST /v1/stores` takes it."""
        return {
            "store_id": self.store_id,
            "name": f"Proof {self.store_id}",
            "platform": "own",
            "timezone": self.timezone,
            "currency": self.currency,
            "day_start": f"{self.day_start:02d}:00",
        }


STORES = (
    ProvenStore("proof-cn", "Asia/Shanghai", "CNY", 2),
    ProvenStore("proof-jp", "Asia/Tokyo", "JPY", 0, day_start=4),
    ProvenStore("proof-us", "America/New_York", "USD", 2, day_start=6),
)


class Fact(NamedTuple):
    """Something that adds to a figure: a count of 1, or money in minor units."""

    figure: str
    at: datetime
    value: int


class Cell(NamedTuple):
    """One figure of a store's day."""

    store_id: str
    day: date
    figure: str


@dataclass(slots=True)
class Books:
    """What was acknowledged; `complaints` are answers that the API must not give."""

    cells: Counter[Cell] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def enter(self, store: ProvenStore, facts: Iterable[Fact]) -> None:
        """Enter facts of one acknowledged row or step."""
        for fact in facts:
            self.cells[Cell(store.store_id, store.day_of(fact.at), fact.figure)] += fact.value

    def expect(self, what: str, wanted: object, given: object) -> bool:
        """Complain unless an answer is as it must be."""
        if wanted == given:
            return True
        self.complaints.append(f"{what}: {given!r} instead of {wanted!r}")
        return False

    def total(self, figure: str, store_id: str | None = None) -> int:
        """Return a figure over all days."""
        return sum(
            value
            for cell, value in self.cells.items()
            if cell.figure == figure and store_id in {None, cell.store_id}
        )

    @property
    def days(self) -> list[date]:
        """The days on which anything happened."""
        return sorted({cell.day for cell in self.cells})
