"""Store-local time buckets: the business day and the hour an instant belongs to."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_QUARTER = 900  # seconds; every zone's offset is a multiple of it


class StoreCalendar(NamedTuple):
    """A store's time zone (IANA name) and the wall-clock hour (0 to 23) at which its day starts."""

    timezone: str
    day_start: int = 0


class Bucket(NamedTuple):
    """The store-local hour (its first instant, UTC) and the business day of an instant.

    An hour that the clock leaves or enters half-way (Australia/Lord_Howe) is a bucket of its own,
    30 minutes long; one that happens twice is two.
    """

    hour: datetime
    day: date


def day_begins(day: date, calendar: StoreCalendar) -> datetime:
    """Return the first instant (UTC) of a business day.

    Where the wall-clock time happens twice the first counts; where it is skipped, the instant of
    the change. So days follow each other without a hole, 23 to 25 hours long.
    """
    local = datetime.combine(day, time(calendar.day_start), ZoneInfo(calendar.timezone))
    return local.astimezone(UTC)


def business_day(instant: datetime, calendar: StoreCalendar) -> date:
    """Return the business day of an aware instant."""
    return bucket_of(instant, calendar).day


def bucket_of(instant: datetime, calendar: StoreCalendar) -> Bucket:
    """Return hour and business day of an aware instant."""
    return _bucket(int(instant.timestamp() // _QUARTER), *calendar)


def bucket_at(instant: datetime, timezone: str, day_start: int) -> Bucket:
    """Return the same without a calendar to be made first: for readers of every event."""
    return _bucket(int(instant.timestamp() // _QUARTER), timezone, day_start)


@lru_cache(maxsize=65_536)
def _bucket(quarter: int, timezone: str, day_start: int) -> Bucket:
    calendar = StoreCalendar(timezone, day_start)
    instant = datetime.fromtimestamp(quarter * _QUARTER, UTC)
    local = instant.astimezone(ZoneInfo(timezone))
    hour = _hour_begins(instant, local)
    day = (local.replace(tzinfo=None) - timedelta(hours=day_start)).date()
    if instant >= day_begins(day + timedelta(days=1), calendar):
        day += timedelta(days=1)
    elif instant < day_begins(day, calendar):
        day -= timedelta(days=1)
    return Bucket(hour, day)


def _hour_begins(instant: datetime, local: datetime) -> datetime:
    """Return the first instant of the local hour since which the zone's offset has not changed."""
    begins = instant - timedelta(minutes=local.minute)
    while begins.astimezone(local.tzinfo).utcoffset() != local.utcoffset():
        begins += timedelta(seconds=_QUARTER)
    return begins
