"""Batches: many rows in one request, one outcome for each, all or the good ones, dry or not.

A body is a JSON array, or NDJSON where one row stands on each line. Every row validates on its own,
so that a bad one costs nothing but itself.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Query, Request, Response
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.refusals import Refusal
from shared.web.problems import pointer_to, problem

MAX_ROWS = 1000
NDJSON = "application/x-ndjson"
DRY_RUN = "Dry-Run"

T = TypeVar("T")


class MalformedJsonError(Refusal):
    """The body as a whole cannot be read."""

    kind = "malformed-json"
    status = 400


class TooManyRowsError(Refusal):
    """More rows than one request may carry."""

    kind = "too-many-rows"
    status = 413


class NoArrayError(Refusal):
    """A JSON body that is no array."""

    kind = "invalid"
    status = 422


class _TakenBackError(Exception):
    """All that was written goes back to the savepoint."""


class ErrorPolicy(StrEnum):
    """Whether bad rows alone are left out, or with them all."""

    REJECT_FAILED_ROWS = "reject_failed_rows"
    REJECT_ALL = "reject_all"


class BatchOptions(BaseModel):
    """The parameters of every batch; use as `options: Annotated[BatchOptions, Query()]`."""

    dry_run: bool = False
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_FAILED_ROWS


BatchQuery = Annotated[BatchOptions, Query()]


def batch_body(row: str | type[BaseModel]) -> dict[str, Any]:
    """Return what OpenAPI says of a batch's body (`openapi_extra`).

    `row` is the model of its rows, or the name of one that another route takes too.
    """
    if isinstance(row, str):
        name, schema = row, {"$ref": f"#/components/schemas/{row}"}
    else:
        # models within it are known to the document through other routes
        schema = row.model_json_schema(ref_template="#/components/schemas/{model}")
        name, _ = row.__name__, schema.pop("$defs", None)
    array = {"type": "array", "maxItems": MAX_ROWS, "items": schema}
    lines = {"type": "string", "description": f"One {name} on each line."}
    content = {"application/json": {"schema": array}, NDJSON: {"schema": lines}}
    return {"requestBody": {"required": True, "content": content}}


class RowError(msgspec.Struct, frozen=True):
    """What is wrong with a row: where (a JSON Pointer into the row), a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of a row: created, updated, unchanged, stale or rejected.

    `names` tells which thing it is about (`external_id`, `order_id` …) and stands in the answer
    beside the rest.
    """

    outcome: str
    names: Mapping[str, Any] = field(default_factory=dict)
    errors: Sequence[RowError] = ()
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """A row as it came: its place, its value if it validates, else its errors.

    `names` is what could be read of its natural key even then.
    """

    index: int
    value: T | None
    errors: Sequence[RowError] = ()
    names: Mapping[str, Any] = field(default_factory=dict)


def rejection(errors: Sequence[RowError], names: Mapping[str, Any]) -> RowOutcome:
    """Return the outcome of a row that is not taken."""
    return RowOutcome("rejected", names, errors)


def refusal_errors(refusal: Refusal) -> list[RowError]:
    """Return a refusal as the error of its row."""
    return [RowError(refusal.pointer or "", refusal.kind, refusal.detail)]


async def read_rows(
    request: Request, adapter: TypeAdapter[T], *, names: Sequence[str] = ()
) -> list[Row[T]]:
    """Return the rows of a request's body, at most 1,000, each validated by itself.

    `names` are the members that name a row in its outcome. Raises `MalformedJsonError`,
    `NoArrayError`, `TooManyRowsError`; a line of NDJSON that is no JSON is an error of its row.
    """
    body = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == NDJSON:
        return _read_lines(body, adapter, names)
    try:
        values = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise MalformedJsonError("The body is not JSON.") from None
    if not isinstance(values, list):
        raise NoArrayError(f"The body is an array of rows, or {NDJSON}.", pointer="")
    return validate_rows(values, adapter, names=names)


def validate_rows(
    values: Sequence[Any], adapter: TypeAdapter[T], *, names: Sequence[str] = ()
) -> list[Row[T]]:
    """Return values that came as rows, at most 1,000, each validated by itself.

    Raises `TooManyRowsError`.
    """
    _check_count(len(values))
    return [_validate(index, value, adapter, names) for index, value in enumerate(values)]


def _read_lines(body: bytes, adapter: TypeAdapter[T], names: Sequence[str]) -> list[Row[T]]:
    lines = [line for line in body.split(b"\n") if line.strip()]
    _check_count(len(lines))
    rows: list[Row[T]] = []
    for index, line in enumerate(lines):
        try:
            value = from_json(line, allow_inf_nan=False)
        except ValueError:
            error = RowError("", "malformed-json", "This line is not JSON in UTF-8.")
            rows.append(_bad_row(index, error, dict.fromkeys(names)))
        else:
            rows.append(_validate(index, value, adapter, names))
    return rows


def _bad_row(index: int, error: RowError, names: Mapping[str, Any]) -> Row[Any]:
    return Row(index, None, [error], names)


def _check_count(count: int) -> None:
    if count > MAX_ROWS:
        detail = f"A batch holds at most {MAX_ROWS} rows, this one {count}."
        raise TooManyRowsError(detail, limit=MAX_ROWS)


def _validate(index: int, value: Any, adapter: TypeAdapter[T], names: Sequence[str]) -> Row[T]:
    told = value if isinstance(value, dict) else {}
    named = {name: told[name] if isinstance(told.get(name), str) else None for name in names}
    try:
        return Row(index, adapter.validate_python(value), (), named)
    except ValidationError as error:
        errors = [
            RowError(pointer_to(item["loc"]), item["type"], item["msg"])
            for item in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        return Row(index, None, errors, named)


def reject_repeated(rows: Sequence[Row[T]], key_of: Callable[[T], Hashable]) -> list[Row[T]]:
    """Return the rows, without the value of each that names the same thing as an earlier one."""
    first: dict[Hashable, int] = {}
    checked: list[Row[T]] = []
    for row in rows:
        earlier = row.index if row.value is None else first.setdefault(key_of(row.value), row.index)
        if earlier == row.index:
            checked.append(row)
            continue
        detail = f"Row {earlier} of this batch names the same; send it in the next one."
        checked.append(_bad_row(row.index, RowError("", "repeated-key", detail), row.names))
    return checked


Writer = Callable[[Sequence[Row[T]]], Awaitable[Sequence[RowOutcome]]]
"""Writes rows that all have a value; returns the outcome of each, in their order."""


async def run_batch(
    request: Request,
    rows: Sequence[Row[T]],
    write: Writer[T],
    *,
    session: AsyncSession,
    options: BatchOptions,
) -> Response:
    """Write the good rows and answer what became of each row.

    A dry run does all of it and then takes it back, so its outcomes are those of the real run; with
    `reject_all` one bad row takes everything back and answers 422. Outcomes then say what would
    have become of the others, without receipts.
    """
    outcomes: list[RowOutcome] = []
    is_refused = False
    try:
        async with session.begin_nested():
            outcomes = await _outcomes(rows, write)
            has_bad = any(outcome.outcome == "rejected" for outcome in outcomes)
            is_refused = has_bad and options.error_policy is ErrorPolicy.REJECT_ALL
            _take_back(is_wanted=options.dry_run or is_refused)
    except _TakenBackError:
        outcomes = [_untaken(outcome, row) for outcome, row in zip(outcomes, rows, strict=True)]
    answer = _refuse(request, outcomes) if is_refused else _answer(outcomes)
    if options.dry_run:
        answer.headers[DRY_RUN] = "true"
    return answer


def _take_back(*, is_wanted: bool) -> None:
    if is_wanted:
        raise _TakenBackError


def _untaken(outcome: RowOutcome, row: Row[T]) -> RowOutcome:
    """Return an outcome without the receipt and the new ids that went back with the rest."""
    names = outcome.names
    if outcome.outcome == "created":
        names = {name: names[name] if name in row.names else None for name in names}
    return replace(outcome, names=names, receipt=None)


async def _outcomes(rows: Sequence[Row[T]], write: Writer[T]) -> list[RowOutcome]:
    good = [row for row in rows if row.value is not None]
    written = dict(zip([row.index for row in good], await write(good), strict=True))
    return [written.get(row.index) or rejection(row.errors, row.names) for row in rows]


def _listed(outcomes: Sequence[RowOutcome]) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            **outcome.names,
            "outcome": outcome.outcome,
            "errors": outcome.errors,
            "receipt": outcome.receipt,
        }
        for index, outcome in enumerate(outcomes)
    ]


def _answer(outcomes: Sequence[RowOutcome]) -> Response:
    counts = {"created": 0, "updated": 0, "unchanged": 0, "stale": 0, "rejected": 0}
    counts.update(Counter(outcome.outcome for outcome in outcomes))
    body = msgspec.json.encode({"counts": counts, "outcomes": _listed(outcomes)})
    return Response(body, media_type="application/json")


def _refuse(request: Request, outcomes: Sequence[RowOutcome]) -> Response:
    bad = sum(outcome.outcome == "rejected" for outcome in outcomes)
    return problem(
        request,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "batch-rejected",
        f"{bad} of {len(outcomes)} rows are bad; nothing was written.",
        outcomes=msgspec.to_builtins(_listed(outcomes)),
    )
