"""Answers: rows for every store and bucket, empty ones too, with what they are compared to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.periods import (
    BucketKey,
    Grain,
    Span,
    buckets_of,
    previous_period,
    previous_year,
    same_time,
)
from services.reporting.domain.refusals import AnswerTooLargeError
from services.reporting.kpis.catalogue import is_answered_within_days
from services.reporting.kpis.figures import Value
from services.reporting.planner.cells import MERGED, Cell, Cells, read_cells, value_in
from services.reporting.planner.questions import Question
from services.reporting.planner.ranking import ranked
from services.reporting.repository.extent import Extent
from services.reporting.schemas.asking import Comparison

MAX_ROWS = 20_000

Values = Mapping[str, Value]
_NOTHING: Cell = {}


@dataclass(frozen=True, slots=True)
class Compared:
    """The values of a row's counterpart.

    `current` holds the row's own values over as long a time, where the row covers more.
    """

    bucket: BucketKey
    values: Values
    current: Values | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The values of a store (empty: all together), SKU or province, and bucket."""

    store_id: str
    dimension: str | None
    bucket: BucketKey
    values: Values
    compared: Compared | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows in order of store, dimension and bucket; `left_off` SKUs or provinces were cut off."""

    question: Question
    rows: Sequence[Row]
    left_off: int = 0


async def answer(session: AsyncSession, question: Question, now: datetime) -> Answer:
    """Answer a question from one snapshot.

    Raises `AnswerTooLargeError` rather than cut anything that was not asked to be cut.
    """
    if question.is_merged and not question.stores:
        return Answer(question, [])
    lanes = _lanes(question, question.spans)
    _check_size(sum(map(len, lanes.values())))
    cells = await read_cells(session, question, question.spans)
    dimensions, left_off = ranked(question, cells)
    _check_size(sum(len(lanes[store]) * len(found) for store, found in dimensions.items()))
    pair = await _comparison(session, question, now)
    rows = [
        Row(store_id, dimension, bucket, _values(question, cells, (store_id, dimension, bucket)),
            pair(store_id, dimension, index))
        for store_id, buckets in lanes.items()
        for dimension in dimensions.get(store_id, ())
        for index, bucket in enumerate(buckets)
    ]  # fmt: skip
    return Answer(question, rows, left_off)


def _lanes(question: Question, spans: Mapping[str, Span]) -> dict[str, list[BucketKey]]:
    """Return the buckets of each store, or of all together."""
    days = [(span.end - span.first).days for span in spans.values()]
    rows = max(days, default=0) if question.is_merged else sum(days)
    if question.grain is Grain.DAY:
        _check_size(rows)
    if question.grain is Grain.HOUR:
        _check_size(24 * rows)
    if question.grain is Grain.TOTAL:
        opening = Extent(spans, question.grain).opening
        return {store_id: [opening] for store_id in ([MERGED] if question.is_merged else spans)}
    lanes = {store_id: buckets_of(span, question.grain) for store_id, span in spans.items()}
    if question.is_merged:
        return {MERGED: sorted({bucket for lane in lanes.values() for bucket in lane})}
    return lanes


def _check_size(rows: int) -> None:
    if rows > MAX_ROWS:
        raise AnswerTooLargeError(
            f"The answer would have more than {MAX_ROWS} rows; ask for a shorter period, a coarser"
            " grain, fewer stores, or a limit.",
            parameter="grain",
            rows=rows,
        )


def _values(
    question: Question, cells: Cells, place: tuple[str, str | None, BucketKey]
) -> dict[str, Value]:
    cell = cells.get(place, _NOTHING)
    return {figure.id: value_in(cell, figure, question) for figure in question.figures}


Pair = Callable[[str, str | None, int], Compared | None]


async def _comparison(session: AsyncSession, question: Question, now: datetime) -> Pair:
    """Return the function that gives the counterpart of a row, by its place in its lane."""
    if question.compare is None:
        return lambda _store, _dimension, _index: None
    if question.compare is Comparison.PREVIOUS_DAY_SAME_TIME:
        return await _same_time(session, question, now)
    move = previous_year if question.compare is Comparison.PREVIOUS_YEAR else previous_period
    spans = {store_id: move(span) for store_id, span in question.spans.items()}
    lanes = _lanes(question, spans)
    cells = await read_cells(session, question, spans)

    def pair(store_id: str, dimension: str | None, index: int) -> Compared | None:
        lane = lanes[store_id]
        if index >= len(lane):
            return None
        place = store_id, dimension, lane[index]
        return Compared(lane[index], _values(question, cells, place))

    return pair


async def _same_time(session: AsyncSession, question: Question, now: datetime) -> Pair:
    """Compare with the day before up to the same elapsed time, in whole hours."""
    cuts = {store_id: same_time(span, now) for store_id, span in question.spans.items()}
    today = {store_id: current for store_id, (current, _) in cuts.items()}
    before = {store_id: earlier for store_id, (_, earlier) in cuts.items()}
    lanes, earlier_lanes = _lanes(question, today), _lanes(question, before)
    cells = await read_cells(session, question, today)
    earlier_cells = await read_cells(session, question, before)

    def known(found: Cells, place: tuple[str, str | None, BucketKey]) -> dict[str, Value]:
        values = _values(question, found, place)
        nothing = Value(None, 0, None)
        return {
            figure.id: values[figure.id] if is_answered_within_days(figure) else nothing
            for figure in question.figures
        }

    def pair(store_id: str, dimension: str | None, index: int) -> Compared | None:
        lane, earlier = lanes[store_id], earlier_lanes[store_id]
        if index >= len(lane) or index >= len(earlier):
            return None
        current = known(cells, (store_id, dimension, lane[index]))
        values = known(earlier_cells, (store_id, dimension, earlier[index]))
        return Compared(earlier[index], values, current)

    return pair
