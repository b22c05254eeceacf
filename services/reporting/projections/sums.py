"""Sums: what a batch of events adds to each subject, as plain integers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.reporting.domain.measures import (
    BRIDGE_MEASURES,
    BUYER_MEASURES,
    HANDLING_MEASURES,
    REASON_MEASURES,
    REGION_MEASURES,
    RETURN_MEASURES,
    SKU_MEASURES,
    STORE_MEASURES,
)
from shared.kernel.buckets import Bucket

Row = list[int]
Change = tuple[int, int]
"""The place of an event-basis measure in its row, and what is added to it."""


def _rows(measures: tuple[str, ...]) -> Callable[[], defaultdict[Any, Row]]:
    return lambda: defaultdict(([0] * len(measures)).copy)


@dataclass(slots=True)
class Sums:
    """Additions by subject and key; the values stand in the order of the subject's measures.

    An empty SKU or province means that none is known. Days of stores are not kept here: they are
    the sums of their hours, and so are those of what is done with orders (`handling`).
    """

    hours: defaultdict[tuple[str, Bucket], Row] = field(default_factory=_rows(STORE_MEASURES))
    skus: defaultdict[tuple[str, date, str], Row] = field(default_factory=_rows(SKU_MEASURES))
    regions: defaultdict[tuple[str, date, str], Row] = field(default_factory=_rows(REGION_MEASURES))
    buyers: defaultdict[tuple[str, date, str], Row] = field(default_factory=_rows(BUYER_MEASURES))
    bridge: defaultdict[tuple[str, date, date], Row] = field(default_factory=_rows(BRIDGE_MEASURES))
    """By store, day of the order, day of the event."""
    handling: defaultdict[tuple[str, Bucket], Row] = field(default_factory=_rows(HANDLING_MEASURES))
    reasons: defaultdict[tuple[str, date, str], Row] = field(default_factory=_rows(REASON_MEASURES))
    returns: defaultdict[tuple[str, date, str, str], Row] = field(
        default_factory=_rows(RETURN_MEASURES)
    )
    """By store, day, SKU and reason."""

    def days(self) -> dict[tuple[str, date], Row]:
        """Return the sums of the hours of each business day."""
        return _by_day(self.hours)

    def handling_days(self) -> dict[tuple[str, date], Row]:
        """Return the sums of the hours of each business day, of what is done with orders."""
        return _by_day(self.handling)

    def stores(self) -> list[str]:
        """Return the stores that something was added to, sorted."""
        hours = (self.hours, self.handling)
        return sorted({store_id for rows in hours for store_id, _ in rows})


def _by_day(hours: Mapping[tuple[str, Bucket], Row]) -> dict[tuple[str, date], Row]:
    days: dict[tuple[str, date], Row] = {}
    for (store_id, bucket), row in hours.items():
        key = (store_id, bucket.day)
        sums = days.get(key)
        days[key] = row if sums is None else [a + b for a, b in zip(sums, row, strict=True)]
    return days


def add_twice(own: Row, ordered: Row, twin: int, changes: Iterable[Change]) -> None:
    """Add changes on both bases: to the row of the event's day and, at the twins, the order's.

    `twin` is the distance from a measure to its twin; both rows may be the same.
    """
    for place, value in changes:
        own[place] += value
        ordered[place + twin] += value
