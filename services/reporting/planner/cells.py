"""Cells: the sums behind an answer, read with one statement per source."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.periods import Span
from services.reporting.kpis.catalogue import (
    BRIDGE_PARTS,
    PEOPLE_MEASURES,
    columns_of,
    is_answered_within_days,
)
from services.reporting.kpis.figures import Figure, Value, value_of
from services.reporting.planner.questions import Question
from services.reporting.repository.bridge import read_bridge
from services.reporting.repository.extent import Extent, Place
from services.reporting.repository.people import count_buyers
from services.reporting.repository.sums import read_sums

Cell = Mapping[str, int]
Cells = Mapping[Place, Cell]

MERGED = ""
"""The store of a row in which the stores are put together."""


async def read_cells(session: AsyncSession, question: Question, spans: Mapping[str, Span]) -> Cells:
    """Return what the figures need at each place where there is anything.

    Over spans cut by the hour, what is kept for whole days only is left out.
    """
    extent = Extent(spans, question.grain)
    figures = [f for f in question.figures if not extent.is_by_hour or is_answered_within_days(f)]
    cells: defaultdict[Place, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    columns = {
        column for figure in figures for column in columns_of(figure, question.basis).values()
    }
    if question.dimension == "sku":
        columns.discard("orders_without_lines")
        columns.discard("orders_without_lines_by_order")
    _add(cells, await read_sums(session, extent, columns, question.dimension), question)
    if any(figure.measures & BRIDGE_PARTS for figure in figures):
        _add(cells, await read_bridge(session, extent), question)
    needed = {measure for figure in figures for measure in figure.measures & PEOPLE_MEASURES}
    if needed:
        people = await count_buyers(
            session,
            extent,
            question.basis,
            is_merged=question.is_merged,
            with_history=bool(needed & {"buyers_returning", "returning_minor"}),
        )
        _add(cells, people, question)
    return cells


def value_in(cell: Cell, figure: Figure, question: Question) -> Value:
    """Return a figure's value in a cell; what the cell does not hold is zero."""
    columns = columns_of(figure, question.basis)
    sums = {name: cell.get(columns.get(name, name), 0) for name in figure.measures}
    return value_of(figure, sums)


def _add(
    cells: defaultdict[Place, defaultdict[str, int]], found: Cells, question: Question
) -> None:
    for (store_id, dimension, bucket), sums in found.items():
        cell = cells[MERGED if question.is_merged else store_id, dimension, bucket]
        for name, value in sums.items():
            cell[name] += value
