"""Completeness: how far the figures have come, and whether a period is told to its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH = timedelta(seconds=5)
"""A watermark younger than this is as good as the present."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """`as_of`: everything accepted before it is in the figures; None if an owner never said.

    `is_open`: a period asked for has not ended. `parked`: events set aside, not in the figures.
    """

    as_of: datetime | None
    is_complete: bool
    is_open: bool
    parked: int


def completeness(
    passed: Mapping[str, datetime | None],
    parked: int,
    period_ends: Iterable[datetime],
    now: datetime,
) -> Completeness:
    """Judge the figures of a period, from each owner's watermark that the reader has passed.

    Complete only if every period has ended, nothing is parked, and the lowest watermark is less
    than 5 s old. An older one proves nothing even for a period long past: what was accepted for it
    late may wait in an owner whose relay stands still.
    """
    marks = list(passed.values())
    known = [mark for mark in marks if mark is not None]
    as_of = min(known) if known and len(known) == len(marks) else None
    ends = max(period_ends, default=now)
    is_open = ends > now
    is_told = as_of is not None and now - as_of < FRESH
    return Completeness(as_of, is_told and not is_open and not parked, is_open, parked)
