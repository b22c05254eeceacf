"""Query parameters of questions about figures."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from services.reporting.domain.measures import Basis
from services.reporting.domain.periods import Grain

_YEARS = range(2000, 2101)


class Grouping(StrEnum):
    """What has rows of its own: each store, a division of it; or none, all stores put together."""

    STORE = "store"
    PROVINCE = "province"
    SKU = "sku"
    REASON = "reason"
    SKU_REASON = "sku_reason"
    NONE = "none"

    @property
    def is_divided(self) -> bool:
        """Say whether it divides a store's rows."""
        return self not in {Grouping.STORE, Grouping.NONE}


class Comparison(StrEnum):
    """What to compare with."""

    PREVIOUS_PERIOD = "previous_period"
    PREVIOUS_DAY_SAME_TIME = "previous_day_same_time"
    PREVIOUS_YEAR = "previous_year"


def _parse_when(given: Any) -> date | datetime:
    """Read a business day (2026-06-18) or a time with offset (2026-06-18T20:00:00+08:00)."""
    text = str(given).strip()
    try:
        if len(text) == len("2026-06-18"):
            when: date | datetime = date.fromisoformat(text)
        else:
            # an unescaped plus sign arrives as a blank
            when = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise ValueError("neither a date (2026-06-18) nor a time with offset") from None
    if isinstance(when, datetime) and when.tzinfo is None:
        raise ValueError("a time needs its offset: 2026-06-18T20:00:00+08:00")
    if when.year not in _YEARS:
        raise ValueError(f"the year must be from {_YEARS[0]} to {_YEARS[-1]}")
    return when


def _split(given: Any) -> Any:
    """Read `a,b` and repeated parameters alike."""
    if given is None:
        return None
    parts = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    names = [name.strip() for part in parts for name in str(part).split(",")]
    if not all(names):
        raise ValueError("an empty name")
    return names


When = Annotated[
    date | datetime,
    BeforeValidator(_parse_when),
    WithJsonSchema({"type": "string", "examples": ["2026-06-18", "2026-06-18T20:00:00+08:00"]}),
]
Names = Annotated[list[str] | None, BeforeValidator(_split), Field(max_length=1000)]


class Scope(BaseModel):
    """Which stores: of these ids, or in these groups; all that the caller may see without."""

    model_config = ConfigDict(extra="forbid")

    stores: Names = Field(default=None, description="store ids, separated by commas")
    groups: Names = Field(default=None, description="groups of stores, separated by commas")


class ScopeInTime(Scope):
    """Which stores and when."""

    begins: When = Field(
        alias="from",
        description="first business day of each store, or an instant at which an hour begins",
    )
    ends: When = Field(alias="to", description="the day or instant at which the period is over")
    basis: Basis = Field(
        default=Basis.EVENT,
        description="event: payments and refunds on their own day; order: on that of their order",
    )


class KpiQuery(ScopeInTime):
    """Parameters of `GET /v1/kpis`."""

    grain: Grain = Field(default=Grain.TOTAL, description="weeks begin on Monday")
    metrics: Names = Field(default=None, description="figure ids; all that fit without")
    group_by: Grouping = Field(
        default=Grouping.STORE, description="none puts the stores together, of one currency"
    )
    compare: Comparison | None = None
    sort: str | None = Field(
        default=None, description="figure by which a store's rows are ordered, best first"
    )
    limit: int | None = Field(default=None, ge=1, le=1000, description="so many rows a store")


class LiveQuery(Scope):
    """Parameters of `GET /v1/live`."""

    metrics: Names = Field(default=None, description="figure ids; the main ones without")
    compare: Comparison | None = None
