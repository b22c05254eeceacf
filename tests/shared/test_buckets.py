"""Hours and business days partition time in every zone, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.buckets import StoreCalendar, bucket_of, business_day, day_begins

ZONES = (
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Apia",
    "UTC",
)
calendars = st.builds(StoreCalendar, st.sampled_from(ZONES), st.integers(0, 23))
FIRST, LAST = (datetime(year, 1, 1) for year in (2012, 2030))  # noqa: DTZ001 - the strategy adds UTC
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(instants, calendars)
def test_an_instant_lies_within_its_business_day(
    instant: datetime, calendar: StoreCalendar
) -> None:
    day = business_day(instant, calendar)

    assert day_begins(day, calendar) <= instant < day_begins(day + timedelta(days=1), calendar)


@given(instants, calendars)
def test_an_hour_begins_within_the_hour_before_and_keeps_its_day(
    instant: datetime, calendar: StoreCalendar
) -> None:
    bucket = bucket_of(instant, calendar)

    assert timedelta() <= instant - bucket.hour < timedelta(hours=1)
    assert bucket_of(bucket.hour, calendar) == bucket
    zone = ZoneInfo(calendar.timezone)
    assert bucket.hour.astimezone(zone).hour == instant.astimezone(zone).hour


@given(instants, calendars)
def test_buckets_never_go_back(instant: datetime, calendar: StoreCalendar) -> None:
    before, after = (bucket_of(instant + timedelta(minutes=m), calendar) for m in (0, 15))

    assert before.hour <= after.hour
    assert before.day <= after.day


@pytest.mark.parametrize(
    ("timezone", "day_start", "day", "hours"),
    [
        ("America/New_York", 0, date(2024, 3, 10), 23),
        ("America/New_York", 0, date(2024, 11, 3), 25),
        ("America/New_York", 4, date(2024, 3, 10), 24),
        ("America/New_York", 4, date(2024, 3, 9), 23),
        ("America/Sao_Paulo", 0, date(2017, 10, 15), 23),
        ("America/Sao_Paulo", 0, date(2018, 2, 17), 25),
        ("America/Havana", 0, date(2024, 11, 3), 25),
        ("Australia/Lord_Howe", 0, date(2024, 10, 6), 23.5),
        ("Australia/Lord_Howe", 0, date(2024, 4, 7), 24.5),
        ("Asia/Shanghai", 4, date(2024, 6, 18), 24),
    ],
)
def test_days_are_as_long_as_the_clocks_make_them(
    timezone: str, day_start: int, day: date, hours: float
) -> None:
    calendar = StoreCalendar(timezone, day_start)

    length = day_begins(day + timedelta(days=1), calendar) - day_begins(day, calendar)

    assert length == timedelta(hours=hours)


def test_a_day_whose_midnight_is_skipped_begins_with_the_change() -> None:
    calendar = StoreCalendar("America/Sao_Paulo")

    begins = day_begins(date(2017, 10, 15), calendar)

    assert begins == datetime(2017, 10, 15, 3, tzinfo=UTC)
    assert begins.astimezone(ZoneInfo("America/Sao_Paulo")).hour == 1


def test_half_an_hour_that_is_skipped_leaves_a_bucket_of_its_own() -> None:
    calendar = StoreCalendar("Australia/Lord_Howe")
    change = datetime(2024, 10, 5, 15, 30, tzinfo=UTC)  # 02:00 becomes 02:30

    assert bucket_of(change, calendar).hour == change
    assert bucket_of(change + timedelta(minutes=29), calendar).hour == change
    assert bucket_of(change + timedelta(minutes=30), calendar).hour == change + timedelta(
        minutes=30
    )
    assert bucket_of(change - timedelta(minutes=1), calendar).hour == change - timedelta(hours=1)


def test_half_hour_zones_have_hours_of_their_own() -> None:
    instant = datetime(2024, 6, 18, 10, 29, tzinfo=UTC)  # 15:59 in Kolkata

    hour = bucket_of(instant, StoreCalendar("Asia/Kolkata")).hour

    assert hour == datetime(2024, 6, 18, 9, 30, tzinfo=UTC)


def test_a_day_that_starts_at_four_keeps_the_night_before() -> None:
    calendar = StoreCalendar("Asia/Shanghai", 4)

    assert business_day(datetime(2024, 6, 17, 19, 59, tzinfo=UTC), calendar) == date(2024, 6, 17)
    assert business_day(datetime(2024, 6, 17, 20, 0, tzinfo=UTC), calendar) == date(2024, 6, 18)
