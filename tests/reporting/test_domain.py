"""Periods and completeness."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.reporting.domain.completeness import completeness
from services.reporting.domain.periods import (
    Grain,
    Span,
    buckets_of,
    label_of,
    previous_period,
    previous_year,
    same_time,
    span_of_days,
    span_of_instants,
)
from shared.kernel.buckets import StoreCalendar

SHANGHAI = StoreCalendar("Asia/Shanghai")
YORK = StoreCalendar("America/New_York")
NOW = datetime(2024, 6, 18, 12, 0, tzinfo=UTC)
OVER = NOW - timedelta(hours=1)
SECOND = timedelta(seconds=1)


def days(first: date, end: date, calendar: StoreCalendar = SHANGHAI) -> Span:
    return span_of_days(first, end, calendar)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2024, 3, 10), 23), (date(2024, 11, 3), 25), (date(2024, 6, 18), 24)],
)
def test_a_day_has_as_many_hours_as_the_clocks_make(day: date, hours: int) -> None:
    span = days(day, day + timedelta(days=1), YORK)

    assert len(buckets_of(span, Grain.HOUR)) == hours


def test_an_hour_that_comes_twice_has_two_names() -> None:
    span = days(date(2024, 11, 3), date(2024, 11, 4), YORK)

    labels = [label_of(hour, Grain.HOUR, YORK) for hour in buckets_of(span, Grain.HOUR)]

    assert labels[1:3] == ["2024-11-03T01:00:00-04:00", "2024-11-03T01:00:00-05:00"]


def test_weeks_and_months_are_named_by_their_first_day() -> None:
    span = days(date(2024, 2, 28), date(2024, 3, 5))

    weeks, months = buckets_of(span, Grain.WEEK), buckets_of(span, Grain.MONTH)

    assert weeks == [date(2024, 2, 26), date(2024, 3, 4)]
    assert months == [date(2024, 2, 1), date(2024, 3, 1)]
    assert label_of(weeks[0], Grain.WEEK, SHANGHAI) == "2024-02-26"
    assert label_of(span.first, Grain.TOTAL, SHANGHAI) == "total"


def test_the_period_before_whole_months_is_whole_months() -> None:
    quarter = days(date(2024, 1, 1), date(2024, 4, 1))

    before = previous_period(quarter)

    assert (before.first, before.end) == (date(2023, 10, 1), date(2024, 1, 1))


def test_the_period_before_some_instants_is_as_long() -> None:
    span = span_of_instants(NOW, NOW + timedelta(hours=5), SHANGHAI)

    before = previous_period(span)

    assert (before.begins, before.ends) == (NOW - timedelta(hours=5), NOW)


def test_the_same_local_time_a_year_before() -> None:
    begins = datetime(2024, 11, 10, 20, tzinfo=UTC)  # 15:00 in New York in winter
    span = span_of_instants(begins, begins + timedelta(hours=1), YORK)

    before = previous_year(span)

    assert before.begins == datetime(2023, 11, 10, 20, tzinfo=UTC)
    assert before.ends - before.begins == timedelta(hours=1)


def test_an_open_day_is_compared_up_to_its_last_whole_hour() -> None:
    span = days(date(2024, 6, 18), date(2024, 6, 19))
    now = span.begins + timedelta(hours=9, minutes=59)

    today, yesterday = same_time(span, now)

    assert today.ends - today.begins == timedelta(hours=9)
    assert yesterday.ends - yesterday.begins == timedelta(hours=9)
    assert yesterday.begins == span.begins - timedelta(hours=24)


def test_a_day_after_a_long_one_is_compared_by_elapsed_time() -> None:
    span = days(date(2024, 11, 4), date(2024, 11, 5), YORK)

    today, yesterday = same_time(span, span.begins + timedelta(hours=5))
    whole, before = same_time(span, span.ends + timedelta(days=3))

    assert today.ends - today.begins == yesterday.ends - yesterday.begins == timedelta(hours=5)
    assert whole.ends == span.ends
    assert before.ends - before.begins == timedelta(hours=25)


def test_a_day_not_begun_is_compared_with_nothing() -> None:
    span = days(date(2024, 6, 18), date(2024, 6, 19))

    today, yesterday = same_time(span, span.begins - timedelta(hours=3))

    assert today.begins == today.ends
    assert yesterday.begins == yesterday.ends


@pytest.mark.parametrize(
    ("marks", "parked", "ends", "expected"),
    [
        ({"orders": NOW - 4 * SECOND}, 0, OVER, (True, False)),
        ({"orders": OVER + SECOND}, 0, OVER, (False, False)),
        ({"orders": NOW - 6 * SECOND}, 0, NOW - SECOND, (False, False)),
        ({"orders": NOW - SECOND}, 1, OVER, (False, False)),
        ({"orders": NOW - SECOND}, 0, NOW + SECOND, (False, True)),
        ({"orders": None}, 0, OVER, (False, False)),
        ({}, 0, OVER, (False, False)),
        ({"orders": NOW, "promotion": None}, 0, OVER, (False, False)),
        ({"orders": NOW, "promotion": OVER - SECOND}, 0, OVER, (False, False)),
    ],
)
def test_completeness(
    marks: dict[str, datetime | None],
    parked: int,
    ends: datetime,
    expected: tuple[bool, bool],
) -> None:
    found = completeness(marks, parked, [ends - timedelta(days=1), ends], NOW)

    assert (found.is_complete, found.is_open) == expected


def test_figures_are_as_of_the_slowest_owner() -> None:
    found = completeness({"a": NOW, "b": NOW - SECOND}, 0, [OVER], NOW)

    assert found.as_of == NOW - SECOND
    assert completeness({"a": NOW, "b": None}, 0, [OVER], NOW).as_of is None
