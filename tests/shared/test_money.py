"""Money goes from decimal strings to minor units and back without losing anything."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import money

currencies = st.sampled_from(["CNY", "USD", "JPY", "KWD", "CLF"])
minors = st.integers(-money.MAX_MINOR, money.MAX_MINOR)


@given(minors, currencies)
def test_formatting_and_parsing_are_inverse(minor: int, currency: str) -> None:
    text = money.format_minor(minor, currency)

    assert money.to_minor(money.parse_decimal(text), currency) == minor
    assert "E" not in text


@given(minors, currencies)
def test_an_amount_shows_all_decimals_of_its_currency(minor: int, currency: str) -> None:
    _, _, decimals = money.format_minor(minor, currency).partition(".")

    assert len(decimals) == money.exponent(currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1e3",
        "1E3",
        "NaN",
        "inf",
        "-Infinity",
        "1_000",
        "1,5",
        "0x1",
        "one",
        "1.2.3",
    ],
)
def test_what_is_no_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(money.MoneyError):
        money.parse_decimal(text)


@given(st.text(max_size=12))
def test_a_text_is_a_plain_decimal_or_refused(text: str) -> None:
    try:
        value = money.parse_decimal(text)
    except money.MoneyError:
        return

    assert value.is_finite()
    assert text.lstrip("+-").replace(".", "", 1).isdigit()


@pytest.mark.parametrize(
    ("text", "currency"), [("0.001", "CNY"), ("0.5", "JPY"), ("1.0001", "KWD")]
)
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(money.MoneyError, match="more decimals"):
        money.to_minor(Decimal(text), currency)


def test_trailing_zeros_beyond_the_currency_are_taken() -> None:
    assert money.to_minor(Decimal("12.3400"), "CNY") == 1234


def test_an_amount_out_of_range_is_refused() -> None:
    with pytest.raises(money.MoneyError, match="out of range"):
        money.to_minor(Decimal(10**14), "CNY")


@pytest.mark.parametrize(
    ("price", "quantity", "minor"),
    [("0.005", 1, 1), ("-0.005", 1, -1), ("0.001", 4, 0), ("0.001", 5, 1), ("0.333", 3, 100)],
)
def test_a_line_is_rounded_once_and_half_up(price: str, quantity: int, minor: int) -> None:
    assert money.line_amount(Decimal(price), quantity, "CNY") == minor


@pytest.mark.parametrize("text", ["1000000000000.0000000000000000001", "9" * 29])
def test_more_digits_than_arithmetic_keeps_are_refused(text: str) -> None:
    with pytest.raises(money.MoneyError, match="28 digits"):
        money.parse_decimal(text)


def test_a_line_out_of_range_is_refused() -> None:
    with pytest.raises(money.MoneyError, match="out of range"):
        money.line_amount(Decimal("1e27"), 1000, "CNY")


@given(st.integers(0, 10**28 - 1), st.integers(0, 28), currencies)
def test_a_number_is_taken_exactly_or_refused(digits: int, decimals: int, currency: str) -> None:
    text = f"{Decimal(digits).scaleb(-decimals):f}"
    scaled = digits * 10 ** money.exponent(currency)

    try:
        minor = money.to_minor(money.parse_decimal(text), currency)
    except money.MoneyError:
        assert scaled % 10**decimals or scaled // 10**decimals > money.MAX_MINOR
        return

    assert minor * 10**decimals == scaled
