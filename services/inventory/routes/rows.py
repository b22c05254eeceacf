"""What batch routes of stock share."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from services.inventory import metrics
from shared.kernel.refusals import Refusal
from shared.web.batch import RowOutcome, refusal_errors, rejection

T = TypeVar("T")


def outcome_of(
    outcome: str | None, refusal: Refusal | None, names: Mapping[str, Any]
) -> RowOutcome:
    """Return the outcome of a row as it is answered, and count a refusal."""
    if refusal is None and outcome is not None:
        return RowOutcome(outcome, names)
    errors = refusal_errors(refusal) if refusal is not None else []
    for error in errors:
        metrics.REFUSALS.labels(error.code).inc()
    return rejection(errors, names)


def given(values: Sequence[T | None]) -> list[T]:
    """Return the values that are there: rows that reach a writer have one."""
    return [value for value in values if value is not None]
