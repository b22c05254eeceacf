"""Bodies of answers about figures."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FigureValue(BaseModel):
    """A value; money as a decimal string with its currency, ratios as six places, null: none."""

    value: str | int | None
    unit: str
    currency: str | None = None
    numerator: str | int | None = None
    denominator: str | int | None = None


class ComparedView(BaseModel):
    """A row's counterpart; `current` are the row's own values over as long a time, if cut."""

    bucket: str
    values: dict[str, FigureValue]
    current: dict[str, FigureValue] | None = None
    change: dict[str, str | None]


class RowView(BaseModel):
    """Values of a store (null: all together), of a SKU, province or reason, and a bucket."""

    store_id: str | None
    bucket: str
    sku: str | None = None
    province: str | None = None
    reason: str | None = None
    values: dict[str, FigureValue]
    compare: ComparedView | None = None


class RangeView(BaseModel):
    """The instants covered, over all stores: a store's day is its own."""

    model_config = ConfigDict(populate_by_name=True)

    begins: datetime = Field(alias="from")
    ends: datetime = Field(alias="to")


class KpiAnswer(BaseModel):
    """Figures, as of a moment before which everything accepted is in them."""

    as_of: datetime | None
    complete: bool
    open: bool
    parked: int
    version: int
    range: RangeView | None
    basis: str
    grain: str
    left_off: int
    rows: list[RowView]


class FigureView(BaseModel):
    """A figure as it is declared."""

    id: str
    names: dict[str, str]
    unit: str
    formula: str
    numerator: dict[str, int]
    denominator: dict[str, int] | None
    no_value_if: str | None
    basis: str | None
    rule: str
    version: int
    note: str
    group_by: list[str]
    grains: list[str]


class Catalogue(BaseModel):
    """All figures."""

    items: list[FigureView]


class TermView(BaseModel):
    """One measure of a formula and what it came to."""

    measure: str
    sign: int
    sum: str | int


class ExplanationRow(BaseModel):
    """How one store's value came about."""

    store_id: str
    value: FigureValue
    numerator: list[TermView]
    denominator: list[TermView] | None
    included: dict[str, int]
    excluded: dict[str, int]


class Explanation(BaseModel):
    """How a figure came about: its formula, and what was counted and what was not, by reason."""

    as_of: datetime | None
    complete: bool
    open: bool
    parked: int
    range: RangeView | None
    basis: str
    figure: FigureView
    rows: list[ExplanationRow]


def schema_of(body: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI response of a route that renders its body by itself."""
    return {200: {"model": body}}
