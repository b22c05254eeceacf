"""What the board knows at one moment: the planner's answers, sorted by where they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.reporting.domain.completeness import Completeness
from shared.kernel.buckets import StoreCalendar

Figures = Mapping[str, Decimal]
"""Values by figure id, money in whole units of its currency; what has no value is missing."""


@dataclass(frozen=True, slots=True)
class KnownStore:
    """A store as the board names it."""

    store_id: str
    name: str
    platform: str
    currency: str
    calendar: StoreCalendar


@dataclass(frozen=True, slots=True)
class Compared:
    """Figures of the day so far, and what they are compared with.

    `until` are today's figures up to the last whole hour, `then` yesterday's up to the same time
    of day: only these two are alike. `whole` are those of all of yesterday, for figures of people,
    who are counted by the day.
    """

    now: Figures
    until: Figures
    then: Figures
    whole: Figures


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """The sums of one store-local hour of today and of yesterday; None while it has not begun."""

    hour: int
    today: Decimal | None
    yesterday: Decimal


@dataclass(frozen=True, slots=True)
class Ranked:
    """A SKU of a store, or a reason; `store_id` is None where stores of a currency are summed."""

    store_id: str | None
    name: str
    currency: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Reading:
    """One moment of the caller's stores, or of one of them.

    Sums are kept by currency and never across: `totals` and `hours` have an entry for each
    currency of `stores`, those with more stores first; `by_store` has one for each store. `hours`
    has the hours of each charted figure, beginning with that at which the stores' day starts;
    `rankings`, by name, are in order, best first within their currency.
    """

    stores: tuple[KnownStore, ...]
    standing: Completeness
    asked_at: datetime
    totals: Mapping[str, Compared]
    by_store: Mapping[str, Compared]
    hours: Mapping[str, Mapping[str, tuple[HourOfDay, ...]]]
    rankings: Mapping[str, tuple[Ranked, ...]]
