"""From a reading to what is shown."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.board.formats import MINUS, NO_VALUE
from services.reporting.board.language import Language
from services.reporting.board.reading import Compared, KnownStore, Reading
from services.reporting.board.shapes import Direction
from services.reporting.board.shown import (
    ORDERS_PAID,
    PAID,
    PAYMENT_RATE,
    REFUNDED,
    SALES,
    SHEETS,
    Sheet,
)
from services.reporting.board.texts import Texts
from services.reporting.board.view import change_of, view_of
from services.reporting.domain.completeness import Completeness
from shared.kernel.buckets import StoreCalendar
from tests.reporting.board.readings import NOON, readings

EN = Texts(Language.EN)
LANGUAGES = st.sampled_from(Language).map(Texts)
STANDING = Completeness(None, is_complete=False, is_open=True, parked=0)
NOTHING: dict[str, Decimal] = {}
BLANK = Compared(NOTHING, NOTHING, NOTHING, NOTHING)


def against(metric: str, until: str | None, then: str | None) -> Compared:
    def one(value: str | None) -> dict[str, Decimal]:
        return NOTHING if value is None else {metric: Decimal(value)}

    return Compared(one(until), one(until), one(then), NOTHING)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
@settings(max_examples=60)
@given(st.data(), LANGUAGES)
def test_every_tile_is_the_planners_number_in_its_own_currency(
    sheet: Sheet, data: st.DataObject, texts: Texts
) -> None:
    reading = data.draw(readings(sheet))

    view = view_of(reading, texts, sheet)

    assert {section.currency for section in view.sections} == {
        store.currency for store in reading.stores
    }
    for section in view.sections:
        for tile, shown in zip(section.tiles, sheet.tiles, strict=True):
            value = reading.totals[section.currency].now.get(shown.id)
            assert (str(tile.value) == NO_VALUE) is (value is None)
            if value is not None and shown.figure.unit == "money":
                digits = "".join(sign for sign in str(tile.value) if sign in f"0123456789.{MINUS}")
                assert Decimal(digits.replace(MINUS, "-")) == value


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
@settings(max_examples=60)
@given(st.data(), LANGUAGES)
def test_every_store_has_one_row_and_every_hour_one_point(
    sheet: Sheet, data: st.DataObject, texts: Texts
) -> None:
    reading = data.draw(readings(sheet))

    view = view_of(reading, texts, sheet)

    assert [row.store_id for row in view.rows] == [store.store_id for store in reading.stores]
    for section in view.sections:
        hours = reading.hours[section.currency]
        drawn = [
            [None if point is None else Decimal(point) for point in line.points]
            for line in section.chart.lines
        ]
        expected = [[hour.today for hour in hours[shown.id]] for shown in sheet.charted]
        if sheet is SALES:
            expected.append([hour.yesterday for hour in hours["paid_amount"]])
        assert drawn == expected


@settings(max_examples=60)
@given(readings(), LANGUAGES)
def test_rows_can_be_sorted_by_every_column(reading: Reading, texts: Texts) -> None:
    rows = view_of(reading, texts).rows

    for column in range(len(rows[0].sort) if rows else 0):
        assert len(sorted(rows, key=lambda row: row.sort[column])) == len(rows)


@settings(max_examples=40)
@given(readings(), LANGUAGES)
def test_same_reading_is_the_same_view(reading: Reading, texts: Texts) -> None:
    assert view_of(reading, texts) == view_of(reading, texts)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_mark_sign_and_colour_of_a_change_agree(until: int, then: int) -> None:
    change = change_of(against(PAID.id, str(until), str(then)), PAID, EN)

    expected = (until > then) - (until < then)
    flat = Direction.FLAT if until else Direction.NONE
    assert change.direction is {1: Direction.UP, -1: Direction.DOWN, 0: flat}[expected]
    assert change.is_better is (None if expected == 0 else expected > 0)
    assert not (change.text.startswith(MINUS) and expected > 0)
    assert not (change.text.startswith("+") and expected < 0)


@pytest.mark.parametrize(
    ("until", "then", "text", "direction"),
    [
        ("150.00", "100.00", "+50.0%", Direction.UP),
        ("50.00", "100.00", "−50.0%", Direction.DOWN),
        ("100.00", "100.00", "unchanged", Direction.FLAT),
        ("100.00", "0.00", "from zero", Direction.UP),
        ("0.00", "0.00", NO_VALUE, Direction.NONE),
        ("100.00", None, NO_VALUE, Direction.NONE),
        (None, "100.00", NO_VALUE, Direction.NONE),
    ],
)
def test_change_says_how_much_or_why_not(
    until: str | None, then: str | None, text: str, direction: Direction
) -> None:
    change = change_of(against(PAID.id, until, then), PAID, EN)

    assert (change.text, change.direction) == (text, direction)


def test_rate_changes_by_points() -> None:
    change = change_of(against(PAYMENT_RATE.id, "0.85", "0.8"), PAYMENT_RATE, EN)

    assert change.text == "+5.00 pts"


def test_more_refunds_are_worse() -> None:
    change = change_of(against(REFUNDED.id, "2", "1"), REFUNDED, EN)

    assert (change.direction, change.is_better) == (Direction.UP, False)


@settings(max_examples=60)
@given(readings())
def test_freshness_never_claims_more_than_is_known(reading: Reading) -> None:
    fresh = view_of(reading, EN).freshness

    standing = reading.standing
    assert (fresh.state == "never") is (standing.as_of is None)
    if fresh.state == "complete":
        assert standing.is_complete
        assert not standing.parked
    if standing.parked and standing.as_of is not None:
        assert str(standing.parked) in fresh.detail


def test_a_change_stands_beside_both_figures_it_is_made_of() -> None:
    paid = Compared(
        now={PAID.id: Decimal("120.00")},
        until={PAID.id: Decimal("90.00")},
        then={PAID.id: Decimal("100.00")},
        whole=NOTHING,
    )
    reading = Reading((), STANDING, NOON, {"CNY": paid}, {}, {"CNY": {}}, {})

    tiles = {tile.metric: tile for tile in view_of(reading, EN).sections[0].tiles}
    shown = tiles[PAID.id]

    assert (str(shown.value), shown.change.text) == ("¥120.00", f"{MINUS}10.0%")
    assert (shown.by_then, shown.was) == ("today by then ¥90.00", "yesterday ¥100.00")
    assert (tiles[ORDERS_PAID.id].by_then, tiles[ORDERS_PAID.id].was) == ("", "")


def test_stores_without_sales_are_quiet() -> None:
    reading = Reading((), STANDING, NOON, {}, {}, {}, {})

    quiet = replace(reading, totals={"CNY": against(PAID.id, "0.00", "5.00")}, hours={"CNY": {}})
    busy = replace(reading, totals={"CNY": against(ORDERS_PAID.id, "1", "0")}, hours={"CNY": {}})

    assert view_of(quiet, EN).is_quiet
    assert not view_of(reading, EN).is_quiet
    assert not view_of(busy, EN).is_quiet


def test_comparison_names_the_hour_it_goes_up_to() -> None:
    store = KnownStore("s1", "One", "tmall", "CNY", StoreCalendar("Asia/Shanghai"))
    far = replace(store, calendar=StoreCalendar("America/New_York"))
    reading = Reading((store,), STANDING, NOON + timedelta(minutes=40), {}, {"s1": BLANK}, {}, {})

    near = view_of(reading, EN).freshness
    mixed = view_of(replace(reading, stores=(store, replace(far, store_id="s1"))), EN).freshness

    assert near.compared == "against yesterday until 12:00"
    assert mixed.compared == "against yesterday at the same time"
