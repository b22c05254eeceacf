"""What the board knows at one moment: the planner's answers, sorted by where they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

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
    """Figures of the day so far, and of yesterday up to the same time."""

    now: Figures
    then: Figures


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """The sums of one store-local hour of today and of yesterday; None while it has not begun."""

    hour: int
    today: Decimal | None
    yesterday: Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """A SKU of a store; an empty `sku` stands for money that no product explains."""

    store_id: str
    sku: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Reading:
    """One moment of the caller's stores, or of one of them.

    `as_of` is None before anything was ever received. Sums are kept by currency and never across:
    `totals` and `hours` have an entry for each currency of `stores`, `by_store` for each store.
    `hours` begin with the hour at which the stores' day starts.
    """

    stores: tuple[KnownStore, ...]
    as_of: datetime | None
    is_complete: bool
    asked_at: datetime
    totals: Mapping[str, Compared]
    by_store: Mapping[str, Compared]
    hours: Mapping[str, tuple[HourOfDay, ...]]
    products: tuple[Product, ...]
