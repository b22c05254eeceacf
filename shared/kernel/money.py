"""Money: decimal strings at the edges, integer minor units inside, never a float."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "CLF": 4, "UYW": 4,
}  # fmt: skip
MAX_MINOR = 10**15
"""The largest amount taken, in minor units: sums of thousands of them still fit a bigint."""


MAX_DIGITS = 28
"""Digits of a number taken: as many as decimal arithmetic keeps without rounding."""


class MoneyError(ValueError):
    """A text that is no amount of the currency."""


def exponent(currency: str) -> int:
    """Return the number of decimals of an ISO 4217 currency code."""
    return _EXPONENTS.get(currency, 2)


def parse_decimal(text: str) -> Decimal:
    """Return a plain decimal; raises `MoneyError` for anything else (exponents, NaN, blanks).

    More than `MAX_DIGITS` digits are refused: arithmetic would round them without a word.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise MoneyError(f"{text!r} is not a decimal number") from None
    if not value.is_finite() or "e" in text.lower() or text.strip() != text or "_" in text:
        raise MoneyError(f"{text!r} is not a plain decimal number")
    if len(value.as_tuple().digits) > MAX_DIGITS:
        raise MoneyError(f"a number has at most {MAX_DIGITS} digits")
    return value


def to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in minor units; raises `MoneyError` if it has more decimals than those."""
    scaled = amount.scaleb(exponent(currency))
    minor = int(scaled)
    if minor != scaled:
        raise MoneyError(f"{amount} has more decimals than {currency} has")
    if abs(minor) > MAX_MINOR:
        raise MoneyError(f"{amount} {currency} is out of range")
    return minor


def round_to_minor(amount: Decimal, currency: str) -> int:
    """Return the amount in minor units, rounded half up (away from zero).

    Raises `MoneyError` if it is out of range.
    """
    scaled = amount.scaleb(exponent(currency))
    if abs(scaled) > MAX_MINOR:
        raise MoneyError(f"{amount} {currency} is out of range")
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def line_amount(unit_price: Decimal, quantity: int, currency: str) -> int:
    """Return quantity times unit price in minor units, rounded once, half up.

    Raises `MoneyError` if it is out of range.
    """
    return round_to_minor(unit_price * quantity, currency)


def format_minor(minor: int, currency: str) -> str:
    """Return the decimal string of an amount in minor units, with the currency's decimals."""
    digits = exponent(currency)
    if not digits:
        return str(minor)
    units, rest = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{units}.{rest:0{digits}}"
