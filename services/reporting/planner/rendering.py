"""Answers as JSON: money as decimal strings, ratios with six places, no value as null."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from services.reporting.domain.completeness import Completeness
from services.reporting.domain.periods import BucketKey, Grain, label_of
from services.reporting.kpis.catalogue import (
    DIVIDED,
    FIGURES,
    is_answered_by,
    is_answered_within_days,
)
from services.reporting.kpis.figures import Figure, Terms, Unit, Value
from services.reporting.planner.answers import Answer, Compared, Row, Values
from services.reporting.planner.explaining import Explained
from services.reporting.planner.questions import Question
from services.reporting.repository.sums import sku_and_reason
from services.reporting.schemas.asking import Grouping
from shared.kernel.buckets import StoreCalendar
from shared.kernel.money import format_minor

_PLACES = Decimal("0.000001")
_UTC = StoreCalendar("UTC")


def figure_json(figure: Figure) -> dict[str, Any]:
    """Return a figure as the catalogue shows it."""
    hours = [Grain.HOUR.value] if is_answered_within_days(figure) else []
    divided = [name for name in DIVIDED if is_answered_by(figure, name)]
    return {
        "id": figure.id,
        "names": {"zh": figure.zh, "en": figure.en},
        "unit": figure.unit.value,
        "formula": figure.formula,
        "numerator": dict(figure.numerator),
        "denominator": None if figure.denominator is None else dict(figure.denominator),
        "no_value_if": figure.unless,
        "basis": None if figure.basis is None else figure.basis.value,
        "rule": figure.rule,
        "version": figure.version,
        "note": figure.note,
        "group_by": ["store", "none", *divided],
        "grains": [*hours, *(grain.value for grain in Grain if grain is not Grain.HOUR)],
    }


def catalogue_json() -> dict[str, Any]:
    """Return all figures."""
    return {"items": [figure_json(figure) for figure in FIGURES.values()]}


def value_json(figure: Figure, value: Value, currency: str | None) -> dict[str, Any]:
    """Return a value with its parts, where it is a quotient."""
    shown: dict[str, Any] = {"value": _amount(figure, value, currency), "unit": figure.unit.value}
    if figure.unit is Unit.MONEY:
        shown["currency"] = currency
    if figure.denominator is not None:
        shown["numerator"] = sum_json(figure.numerator, value.numerator, currency)
        divisor = value.denominator or 0
        shown["denominator"] = sum_json(figure.denominator, divisor, currency)
    return shown


def sum_json(terms: Terms, total: int, currency: str | None) -> str | int:
    """Return a sum of measures: money if they are, else a count."""
    if any("minor" in measure for measure in terms):
        return format_minor(total, currency or "")
    return total


def rows_json(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of an answer."""
    question = answer.question
    currencies = {store.store_id: store.currency for store in question.stores}
    calendars = {store.store_id: store.calendar for store in question.stores}
    if question.is_merged and currencies:
        # money of several currencies was refused, so any of them will do
        currencies[""] = next(iter(currencies.values()))
        zones = {calendar.timezone for calendar in calendars.values()}
        calendars[""] = next(iter(calendars.values())) if len(zones) == 1 else _UTC
    return [
        _row(question, row, currencies[row.store_id], calendars[row.store_id])
        for row in answer.rows
    ]


def _row(question: Question, row: Row, currency: str, calendar: StoreCalendar) -> dict[str, Any]:
    def label(bucket: BucketKey) -> str:
        return label_of(bucket, question.grain, calendar)

    shown: dict[str, Any] = {"store_id": row.store_id or None, "bucket": label(row.bucket)}
    if question.group_by is Grouping.SKU_REASON:
        shown["sku"], shown["reason"] = sku_and_reason(row.dimension or "")
    elif question.dimension:
        shown[question.dimension] = row.dimension or None
    shown["values"] = _values(row.values, currency)
    if question.compare is not None:
        shown["compare"] = None
        if row.compared is not None:
            shown["compare"] = _compared(row, row.compared, currency)
            shown["compare"]["bucket"] = label(row.compared.bucket)
    return shown


def _compared(row: Row, compared: Compared, currency: str) -> dict[str, Any]:
    current = row.values if compared.current is None else compared.current
    shown: dict[str, Any] = {"bucket": "", "values": _values(compared.values, currency)}
    if compared.current is not None:
        shown["current"] = _values(compared.current, currency)
    shown["change"] = {
        name: _change(current[name], before) for name, before in compared.values.items()
    }
    return shown


def _change(current: Value, before: Value) -> str | None:
    """Return how much more it is, as a ratio; nothing can be said about growth from nothing."""
    if current.amount is None or before.amount is None or before.amount <= 0:
        return None
    ratio = Decimal(current.amount) / Decimal(before.amount) - 1
    return f"{ratio.quantize(_PLACES, rounding=ROUND_HALF_UP):f}"


def _values(values: Values, currency: str) -> Mapping[str, Any]:
    return {name: value_json(FIGURES[name], value, currency) for name, value in values.items()}


def _amount(figure: Figure, value: Value, currency: str | None) -> str | int | None:
    if value.amount is None:
        return None
    if figure.unit is Unit.MONEY:
        return format_minor(int(value.amount), currency or "")
    return f"{value.amount:f}" if isinstance(value.amount, Decimal) else value.amount


def standing_json(question: Question, state: Completeness) -> dict[str, Any]:
    """Return what every answer says of its figures: how far they have come, what they cover.

    The range goes from the first beginning to the last end of all stores, UTC.
    """
    spans = question.spans.values()
    period = None
    if spans:
        begins, ends = min(span.begins for span in spans), max(span.ends for span in spans)
        period = {"from": begins.isoformat(), "to": ends.isoformat()}
    return {
        "as_of": None if state.as_of is None else state.as_of.isoformat(),
        "complete": state.is_complete,
        "open": state.is_open,
        "parked": state.parked,
        "range": period,
    }


def explanation_json(
    question: Question, figure: Figure, found: Sequence[Explained]
) -> list[dict[str, Any]]:
    """Return the rows of an explanation."""
    currencies = {store.store_id: store.currency for store in question.stores}
    return [
        {
            "store_id": row.store_id,
            "value": value_json(figure, row.value, currencies[row.store_id]),
            "numerator": _terms(figure.numerator, row, currencies[row.store_id]),
            "denominator": None
            if figure.denominator is None
            else _terms(figure.denominator, row, currencies[row.store_id]),
            "included": row.included,
            "excluded": row.excluded,
        }
        for row in found
    ]


def _terms(terms: Terms, row: Explained, currency: str) -> list[dict[str, Any]]:
    return [
        {"measure": name, "sign": sign, "sum": sum_json({name: 1}, row.sums[name], currency)}
        for name, sign in terms.items()
    ]
