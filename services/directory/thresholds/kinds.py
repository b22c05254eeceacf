"""What a threshold is and which values it takes; values are plain JSON, decimals are texts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from shared.kernel.money import MoneyError, parse_decimal

Kind = Literal[
    "integer",
    "decimal",
    "boolean",
    "choice",
    "text",
    "time",
    "integers",
    "choices",
    "texts",
    "decimals_by_name",
    "texts_by_name",
]
Scope = Literal["store", "company"]

_MOST_ITEMS = 50
_LONGEST_TEXT = 500
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
_NAME = re.compile(r"[a-z0-9_]{1,40}")


class ThresholdError(ValueError):
    """A value that a threshold does not take; the text says what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One number or choice of a rule.

    `source` names the rules in the requirements that it comes from, `low` and `high` bound each
    number in it, `choices` are its words. A threshold of scope `company` has one value for all
    stores; another can be set for the company and for each store.
    """

    key: str
    default: Any
    unit: str
    kind: Kind
    zh: str
    en: str
    source: str
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()
    scope: Scope = "store"

    def check(self, value: Any) -> Any:
        """Return the value as it is kept; raises `ThresholdError`."""
        return _CHECKS[self.kind](self, value)


def integer(  # noqa: PLR0913 - a row of the catalogue
    key: str, default: int, unit: str, *, names: tuple[str, str], source: str,
    bounds: tuple[int, int], scope: Scope = "store",
) -> Threshold:  # fmt: skip
    """Return a whole number within bounds, both included."""
    low, high = bounds
    return Threshold(
        key=key, default=default, unit=unit, kind="integer", zh=names[0], en=names[1],
        source=source, low=low, high=high, scope=scope,
    )  # fmt: skip


def decimal(
    key: str, default: str, unit: str, *, names: tuple[str, str], source: str,
    bounds: tuple[int, int],
) -> Threshold:  # fmt: skip
    """Return a decimal text within bounds, both included."""
    low, high = bounds
    return Threshold(
        key=key, default=default, unit=unit, kind="decimal", zh=names[0], en=names[1],
        source=source, low=low, high=high,
    )  # fmt: skip


def money(key: str, default: str, *, names: tuple[str, str], source: str) -> Threshold:
    """Return an amount in the store's currency."""
    return decimal(key, default, "currency", names=names, source=source, bounds=(0, 1_000_000))


def ratio(key: str, default: str, *, names: tuple[str, str], source: str) -> Threshold:
    """Return a share from 0 to 1."""
    return decimal(key, default, "ratio", names=names, source=source, bounds=(0, 1))


def flag(key: str, *, default: bool, names: tuple[str, str], source: str) -> Threshold:
    """Return a yes or no."""
    return Threshold(
        key=key, default=default, unit="none", kind="boolean", zh=names[0], en=names[1],
        source=source,
    )  # fmt: skip


def choice(
    key: str, default: str, choices: tuple[str, ...], *, names: tuple[str, str], source: str
) -> Threshold:
    """Return one word of a few."""
    return Threshold(
        key=key, default=default, unit="none", kind="choice", zh=names[0], en=names[1],
        source=source, choices=choices,
    )  # fmt: skip


def choices(
    key: str, default: list[str], among: tuple[str, ...], *, names: tuple[str, str], source: str
) -> Threshold:
    """Return some words of a few, in an order that may matter."""
    return Threshold(
        key=key, default=default, unit="none", kind="choices", zh=names[0], en=names[1],
        source=source, choices=among,
    )  # fmt: skip


def time_of_day(key: str, default: str, *, names: tuple[str, str], source: str) -> Threshold:
    """Return a store-local wall-clock time, 00:00 to 24:00."""
    return Threshold(
        key=key, default=default, unit="local time", kind="time", zh=names[0], en=names[1],
        source=source,
    )  # fmt: skip


def words(
    key: str, default: Any, kind: Kind, *, names: tuple[str, str], source: str,
    unit: str = "none",
) -> Threshold:  # fmt: skip
    """Return a text, some texts, or texts or decimals by name."""
    return Threshold(
        key=key, default=default, unit=unit, kind=kind, zh=names[0], en=names[1], source=source,
    )  # fmt: skip


def _integer(threshold: Threshold, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ThresholdError("This is a whole number.")
    _demand_bounds(threshold, Decimal(value))
    return value


def _decimal(threshold: Threshold, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 30:  # noqa: PLR2004 - digits of a decimal
        raise ThresholdError('This is a decimal number as a text, such as "0.50".')
    try:
        number = parse_decimal(value)
    except MoneyError:
        raise ThresholdError('This is a decimal number as a text, such as "0.50".') from None
    _demand_bounds(threshold, number)
    return value


def _demand_bounds(threshold: Threshold, number: Decimal) -> None:
    low, high = threshold.low, threshold.high
    if (low is not None and number < low) or (high is not None and number > high):
        raise ThresholdError(f"This lies between {low} and {high}.")


def _boolean(_: Threshold, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ThresholdError("This is true or false.")
    return value


def _choice(threshold: Threshold, value: Any) -> str:
    if not isinstance(value, str) or value not in threshold.choices:
        raise ThresholdError(f"This is one of {', '.join(threshold.choices)}.")
    return value


def _text(_: Threshold, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not _is_storable(value):
        raise ThresholdError(f"This is a text of at most {_LONGEST_TEXT} characters.")
    return value


def _is_storable(value: str) -> bool:
    return "\0" not in value and not any("\ud800" <= mark <= "\udfff" for mark in value)


def _time(_: Threshold, value: Any) -> str:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ThresholdError("This is a time of day, HH:MM.")
    return value


def _list_of(check: Callable[[Threshold, Any], Any]) -> Callable[[Threshold, Any], list[Any]]:
    def check_all(threshold: Threshold, value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > _MOST_ITEMS:
            raise ThresholdError(f"This is a list of at most {_MOST_ITEMS} items.")
        checked = [check(threshold, item) for item in value]
        if len(set(checked)) < len(checked):
            raise ThresholdError("No item stands here twice.")
        return checked

    return check_all


def _by_name(
    check: Callable[[Threshold, Any], Any],
) -> Callable[[Threshold, Any], dict[str, Any]]:
    def check_all(threshold: Threshold, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > _MOST_ITEMS:
            raise ThresholdError(f"This is an object of at most {_MOST_ITEMS} members.")
        for name in value:
            if not _NAME.fullmatch(name):
                raise ThresholdError("A name is small letters, digits and underscores.")
        return {name: check(threshold, item) for name, item in value.items()}

    return check_all


_CHECKS: Mapping[Kind, Callable[[Threshold, Any], Any]] = MappingProxyType(
    {
        "integer": _integer,
        "decimal": _decimal,
        "boolean": _boolean,
        "choice": _choice,
        "text": _text,
        "time": _time,
        "integers": _list_of(_integer),
        "choices": _list_of(_choice),
        "texts": _list_of(_text),
        "decimals_by_name": _by_name(_decimal),
        "texts_by_name": _by_name(_text),
    }
)
