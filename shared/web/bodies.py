"""What bodies of requests share: strict, no unknown fields, and types with the house's rules."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from shared.kernel.clock import utc_now
from shared.kernel.currencies import CURRENCIES
from shared.kernel.money import MoneyError, parse_decimal

FUTURE = timedelta(hours=24)
"""How far ahead of the clock a moment may lie: stores' clocks are wrong by hours, not days."""

_MAX_LENGTH = 30


class Body(BaseModel):
    """The base of every request body: an unknown field is refused, nothing is converted.

    A text that PostgreSQL can't store (a NUL, half a surrogate pair) is refused in every field.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _demand_storable(cls, value: Any) -> Any:
        if not _is_storable(value):
            raise PydanticCustomError(
                "text_not_storable", "A text holds a NUL or half a character."
            )
        return value


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= mark <= "\udfff" for mark in value)
    if isinstance(value, dict):
        return all(_is_storable(key) and _is_storable(item) for key, item in value.items())
    return not isinstance(value, list) or all(_is_storable(item) for item in value)


def _decimal(value: Any) -> Decimal:
    if not isinstance(value, str):
        raise PydanticCustomError(
            "money_not_a_string", 'An amount is a decimal string such as "12.50", never a number.'
        )
    if len(value) > _MAX_LENGTH:
        raise PydanticCustomError("money_too_long", "This has too many digits.")
    try:
        amount = parse_decimal(value)
    except MoneyError:
        amount = None
    if amount is None or not value.isascii():
        raise PydanticCustomError("money_malformed", "This is no plain decimal number.")
    return amount


def _not_negative(amount: Decimal) -> Decimal:
    if amount < 0:
        raise PydanticCustomError("money_negative", "This amount is not negative.")
    return amount


def _positive(amount: Decimal) -> Decimal:
    if amount <= 0:
        raise PydanticCustomError("money_not_positive", "This amount is above zero.")
    return amount


def _text(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("time_not_a_string", "A time is an RFC 3339 text with an offset.")
    if isinstance(value, str) and "T" not in value.upper():
        raise PydanticCustomError("time_malformed", "A time is an RFC 3339 text with an offset.")
    return value


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise PydanticCustomError("time_naive", "A time carries its offset, as +08:00 or Z.")
    return moment


def _not_ahead(moment: datetime) -> datetime:
    if moment - utc_now() > FUTURE:
        raise PydanticCustomError("time_in_future", "This is more than 24 h in the future.")
    return moment


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise PydanticCustomError("currency_unknown", "This is no ISO 4217 currency code.")
    return code


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def _zone(name: str) -> str:
    if name not in _zones():
        raise PydanticCustomError(
            "timezone_unknown", "This is no IANA time zone, as Asia/Shanghai."
        )
    return name


_MONEY_SCHEMA = {"type": "string", "pattern": r"^[+-]?\d+(\.\d+)?$", "examples": ["12.50"]}

Money = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema(_MONEY_SCHEMA)]
"""A decimal string; JSON numbers are refused, because they have been floats somewhere."""

NonNegativeMoney = Annotated[Money, AfterValidator(_not_negative)]
PositiveMoney = Annotated[Money, AfterValidator(_positive)]

Instant = Annotated[datetime, Strict(strict=False), BeforeValidator(_text), AfterValidator(_aware)]
"""An aware time, however far ahead: when something ends or is due."""

Moment = Annotated[Instant, AfterValidator(_not_ahead)]
"""An aware time at which something happened: at most 24 h in the future."""

Currency = Annotated[str, AfterValidator(_currency), Field(examples=["CNY"])]
TimeZone = Annotated[str, AfterValidator(_zone), Field(examples=["Asia/Shanghai"])]

_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
StoreId = Annotated[str, StringConstraints(pattern=_ID), Field(examples=["tmall-main"])]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A name or title that people read."""

ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""An id of the source system, kept as it is."""

LongText = Annotated[str, StringConstraints(max_length=4000)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
"""A number of things."""
