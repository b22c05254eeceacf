"""A figure: a formula over measures, and the value it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from services.reporting.domain.measures import Basis

Terms = Mapping[str, int]
"""Measures and the sign with which each is added."""

_PLACES = Decimal("0.000001")


class Unit(StrEnum):
    """What a value counts; money stands in minor units until it is shown."""

    MONEY = "money"
    COUNT = "count"
    RATIO = "ratio"
    HOURS = "hours"
    PER_10000 = "per_10000"


_SCALES = {Unit.HOURS: (1, 3_600), Unit.PER_10000: (10_000, 1)}
"""What a quotient is multiplied with and divided by; times are kept in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure, declared once; `version` grows when its formula changes.

    `unless` names a measure that makes the value unknown when it is not zero: orders whose buyer
    or products no one told. `basis` is set where the figure means one basis whatever is asked for.
    `rule` is the requirement it comes from.
    """

    id: str
    zh: str
    en: str
    unit: Unit
    numerator: Terms
    denominator: Terms | None = None
    unless: str | None = None
    basis: Basis | None = None
    rule: str
    version: int = 1
    note: str = ""

    @property
    def formula(self) -> str:
        """Return the formula as text."""
        top = _text_of(self.numerator)
        if self.denominator is None:
            return top
        bottom = _text_of(self.denominator)
        times, parts = _SCALES.get(self.unit, (1, 1))
        scale = f" * {times}" * (times > 1) + f" / {parts}" * (parts > 1)
        return f"{_wrap(top)} / {_wrap(bottom)}{scale}"

    @property
    def measures(self) -> frozenset[str]:
        """Return every measure it needs."""
        names = {*self.numerator, *(self.denominator or ())}
        return frozenset(names | {self.unless} if self.unless else names)


@dataclass(frozen=True, slots=True)
class Value:
    """What a figure comes to: minor units, a count or a ratio; None where there is no value."""

    amount: int | Decimal | None
    numerator: int
    denominator: int | None


def value_of(figure: Figure, sums: Mapping[str, int]) -> Value:
    """Work out a figure from sums of its measures, on the basis already chosen.

    Quotients are rounded to six places, money per something to its minor unit, half up. Nothing
    divided by nothing is no value, and so is a division by less than nothing, which corrections
    of earlier periods can leave.
    """
    numerator = _add(figure.numerator, sums)
    if figure.unless is not None and sums[figure.unless]:
        divisor = None if figure.denominator is None else _add(figure.denominator, sums)
        return Value(None, numerator, divisor)
    if figure.denominator is None:
        return Value(numerator, numerator, None)
    denominator = _add(figure.denominator, sums)
    if denominator <= 0:
        return Value(None, numerator, denominator)
    if figure.unit is Unit.MONEY:
        return Value(_half_up(numerator, denominator), numerator, denominator)
    times, parts = _SCALES.get(figure.unit, (1, 1))
    exact = Decimal(numerator * times) / Decimal(denominator * parts)
    return Value(exact.quantize(_PLACES, rounding=ROUND_HALF_UP), numerator, denominator)


def _half_up(numerator: int, denominator: int) -> int:
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def _add(terms: Terms, sums: Mapping[str, int]) -> int:
    return sum(sign * sums[measure] for measure, sign in terms.items())


def _text_of(terms: Terms) -> str:
    parts = [f"{'-' if sign < 0 else '+'} {measure}" for measure, sign in terms.items()]
    return " ".join(parts).removeprefix("+ ")


def _wrap(text: str) -> str:
    return f"({text})" if " " in text else text
