"""How numbers are written: money to the cent, counts, rates, and changes between two of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

MINUS = "\N{MINUS SIGN}"
NO_VALUE = "\N{EM DASH}"

_SYMBOLS = {
    "AUD": "A$",
    "CAD": "C$",
    "CNY": "¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "INR": "₹",
    "JPY": "JP¥",
    "KRW": "₩",
    "SGD": "S$",
    "THB": "฿",
    "TWD": "NT$",
    "USD": "$",
    "VND": "₫",
}
_PER_CENT = Decimal(100)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it is shown: large part and small part; `str` is both."""

    whole: str
    rest: str = ""

    def __str__(self) -> str:
        return self.whole + self.rest


def symbol(currency: str) -> str:
    """Return the sign of a currency, or its code and a thin space."""
    return _SYMBOLS.get(currency, f"{currency}\N{NARROW NO-BREAK SPACE}")


def money(value: Decimal, currency: str) -> Amount:
    """Write an amount with its currency and thousands separators; its decimals are kept."""
    whole, point, fraction = f"{abs(value):,f}".partition(".")
    sign = MINUS if value < 0 else ""
    return Amount(f"{sign}{symbol(currency)}{whole}", point + fraction)


def count(value: Decimal) -> Amount:
    """Write a count with thousands separators."""
    sign = MINUS if value < 0 else ""
    return Amount(f"{sign}{abs(value):,f}")


def rate(value: Decimal) -> Amount:
    """Write a ratio as per cent, two decimals, rounded half up."""
    per_cent = (value * _PER_CENT).quantize(Decimal("0.01"), ROUND_HALF_UP)
    whole, point, fraction = f"{abs(per_cent):,f}".partition(".")
    sign = MINUS if per_cent < 0 else ""
    return Amount(sign + whole, f"{point}{fraction}%")


def hours(value: Decimal) -> Amount:
    """Write hours with one decimal, rounded half up."""
    whole, point, fraction = f"{value.quantize(Decimal('0.1'), ROUND_HALF_UP):,f}".partition(".")
    return Amount(whole, f"{point}{fraction} h")


def signed(value: Decimal, decimals: int) -> str:
    """Write a number with its sign, rounded half up; zero has none."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    sign = "" if not rounded else "+" if rounded > 0 else MINUS
    return f"{sign}{abs(rounded):,f}"


def growth(now: Decimal, then: Decimal) -> Decimal | None:
    """Return by how many per cent a number differs from an earlier one, None where that is zero."""
    return (now - then) / abs(then) * _PER_CENT if then else None


def clock(moment: datetime, zone: str | None) -> str:
    """Write the time of day in a zone, or in UTC, saying so, where there is no common one."""
    if zone is None:
        return f"{moment.astimezone(ZoneInfo('UTC')):%H:%M:%S} UTC"
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"
