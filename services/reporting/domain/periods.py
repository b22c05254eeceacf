"""Periods: which business days or hours a question means, and into which buckets they fall."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from shared.kernel.buckets import StoreCalendar, bucket_of, business_day, day_begins

_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)

Day = TypeVar("Day", date, datetime)

BucketKey = date | datetime
"""An hour's first instant (UTC), or the first day of a day, week, month or of the whole span."""


class Grain(StrEnum):
    """How a period is divided. Weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Span:
    """A period at one store: business days `first` to before `end`, instants `begins` to `ends`.

    `is_by_hour` says that the instants were asked for, and the first or last day may be in part.
    """

    calendar: StoreCalendar
    first: date
    end: date
    begins: datetime
    ends: datetime
    is_by_hour: bool = False


def span_of_days(first: date, end: date, calendar: StoreCalendar) -> Span:
    """Return the span of whole business days, `end` excluded."""
    return Span(calendar, first, end, day_begins(first, calendar), day_begins(end, calendar))


def span_of_instants(begins: datetime, ends: datetime, calendar: StoreCalendar) -> Span:
    """Return the span between two instants, `ends` excluded."""
    last = business_day(ends - timedelta(microseconds=1), calendar)
    first = business_day(begins, calendar)
    return Span(calendar, first, last + _DAY, begins, ends, is_by_hour=True)


def is_on_the_hour(instant: datetime, calendar: StoreCalendar) -> bool:
    """Say whether an hour of the store begins at an instant."""
    return bucket_of(instant, calendar).hour == instant


def hours_of(span: Span) -> Iterator[datetime]:
    """Yield the first instants of the hours that begin within a span."""
    instant = span.begins
    while instant < span.ends:
        hour = bucket_of(instant, span.calendar).hour
        if hour >= span.begins:
            yield hour
        while bucket_of(instant, span.calendar).hour == hour:
            instant += _QUARTER


def first_day(day: date, grain: Grain) -> date:
    """Return the first day of the week or month of a day, or the day itself."""
    if grain is Grain.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain is Grain.MONTH else day


def buckets_of(span: Span, grain: Grain) -> list[BucketKey]:
    """Return the buckets of a span in order, those in which nothing happened too."""
    if grain is Grain.HOUR:
        return list(hours_of(span))
    if grain is Grain.TOTAL:
        return [span.first]
    days = (span.first + timedelta(days=n) for n in range((span.end - span.first).days))
    return sorted({first_day(day, grain) for day in days})


def label_of(bucket: BucketKey, grain: Grain, calendar: StoreCalendar) -> str:
    """Return a bucket's name: local time with offset, first day, or `total`."""
    if grain is Grain.TOTAL:
        return "total"
    if isinstance(bucket, datetime):
        return bucket.astimezone(ZoneInfo(calendar.timezone)).isoformat()
    return bucket.isoformat()


def previous_period(span: Span) -> Span:
    """Return the period just before, of the same length: whole months if it is whole months."""
    if span.is_by_hour:
        length = span.ends - span.begins
        return span_of_instants(span.begins - length, span.begins, span.calendar)
    if span.first.day == span.end.day == 1:
        months = _month_number(span.end) - _month_number(span.first)
        first = _month_of(_month_number(span.first) - months)
        return span_of_days(first, span.first, span.calendar)
    return span_of_days(span.first - (span.end - span.first), span.first, span.calendar)


def previous_year(span: Span) -> Span:
    """Return the same days, or local times, a year before; 29 February becomes the 28th."""
    if span.is_by_hour:
        zone = ZoneInfo(span.calendar.timezone)
        begins, ends = (
            bucket_of(_year_before(at.astimezone(zone)), span.calendar).hour
            for at in (span.begins, span.ends)
        )
        return span_of_instants(begins, ends, span.calendar)
    last = _year_before(span.end - _DAY)
    return span_of_days(_year_before(span.first), last + _DAY, span.calendar)


def same_time(span: Span, now: datetime) -> tuple[Span, Span]:
    """Return a day up to the last whole hour before `now`, and the day before up to as long.

    Both end after the same elapsed time since their day began, for the day before is over and the
    day itself may be open: its running hour is left out, since no part of an hour is kept. A day
    that is over is taken whole. A day before that was shorter is taken whole.
    """
    until = min(span.ends, max(span.begins, bucket_of(now, span.calendar).hour))
    before = span_of_days(span.first - _DAY, span.first, span.calendar)
    ends = before.ends
    if until < span.ends:
        ends = min(ends, before.begins + (until - span.begins))
    return _cut(span, until), _cut(before, ends)


def _cut(span: Span, ends: datetime) -> Span:
    return Span(span.calendar, span.first, span.end, span.begins, ends, is_by_hour=True)


def _year_before(day: Day) -> Day:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_of(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
