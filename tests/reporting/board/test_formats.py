"""How numbers are written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.board.formats import MINUS, clock, count, growth, money, rate, signed


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        ("0.00", "CNY", "¥0.00"),
        ("1234567.50", "CNY", "¥1,234,567.50"),
        ("-1234.05", "USD", "−$1,234.05"),
        ("9800", "JPY", "JP¥9,800"),
        ("1234.567", "KWD", "KWD\u202f1,234.567"),
    ],
)
def test_money_has_currency_separators_and_every_decimal(
    value: str, currency: str, written: str
) -> None:
    assert str(money(Decimal(value), currency)) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [("0.853412", "85.34%"), ("0.85345", "85.35%"), ("1.2", "120.00%"), ("0", "0.00%")],
)
def test_rate_is_per_cent_rounded_half_up(value: str, written: str) -> None:
    assert str(rate(Decimal(value))) == written


@given(st.integers(-(10**15), 10**15), st.sampled_from([0, 2, 3]))
def test_money_can_be_read_back_to_the_cent(minor: int, decimals: int) -> None:
    value = Decimal(minor).scaleb(-decimals)

    written = str(money(value, "CNY")).replace(",", "").replace(MINUS, "-").replace("¥", "")

    assert Decimal(written) == value


@given(st.integers(-(10**12), 10**12))
def test_count_can_be_read_back(value: int) -> None:
    assert int(str(count(Decimal(value))).replace(",", "").replace(MINUS, "-")) == value


@pytest.mark.parametrize(
    ("value", "written"), [("3.85", "+3.9"), ("-3.85", "−3.9"), ("0.04", "0.0"), ("-0.04", "0.0")]
)
def test_change_has_a_sign_unless_it_rounds_to_nothing(value: str, written: str) -> None:
    assert signed(Decimal(value), 1) == written


def test_growth_from_nothing_has_no_per_cent() -> None:
    assert growth(Decimal(5), Decimal(0)) is None
    assert growth(Decimal(3), Decimal(2)) == 50
    assert growth(Decimal(-1), Decimal(-2)) == 50


def test_time_is_local_or_says_that_it_is_not() -> None:
    moment = datetime(2026, 6, 18, 7, 5, 9, tzinfo=UTC)

    assert clock(moment, "Asia/Shanghai") == "15:05:09"
    assert clock(moment, None) == "07:05:09 UTC"
