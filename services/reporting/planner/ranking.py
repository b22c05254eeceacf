"""The SKUs or provinces of an answer: the best first, cut where a limit was asked for."""

from collections import defaultdict
from decimal import Decimal

from services.reporting.planner.cells import MERGED, Cells, value_in
from services.reporting.planner.questions import Question

_LAST = Decimal("-Infinity")


def ranked(question: Question, cells: Cells) -> tuple[dict[str, list[str | None]], int]:
    """Return the dimensions of each store in order, and how many were left off.

    They are ordered by the value over the whole period of the question's `sort`, its first figure
    if it has none; what belongs to no SKU or province comes last and is never left off.
    """
    if question.dimension is None:
        stores = [MERGED] if question.is_merged else list(question.spans)
        return {store_id: [None] for store_id in stores}, 0
    totals: dict[str, defaultdict[str, defaultdict[str, int]]] = {
        store_id: defaultdict(lambda: defaultdict(int)) for store_id in question.spans
    }
    for (store_id, name, _), cell in cells.items():
        for column, value in cell.items():
            totals[store_id][name or ""][column] += value
    chosen: dict[str, list[str | None]] = {}
    left_off = 0
    for store_id, found in totals.items():
        names = sorted(
            (name for name in found if name),
            key=lambda name: (-_rank(question, found[name]), name),
        )
        kept = names[: question.limit]
        left_off += len(names) - len(kept)
        chosen[store_id] = [*kept, *([""] if "" in found else [])]
    return chosen, left_off


def _rank(question: Question, cell: defaultdict[str, int]) -> Decimal:
    amount = value_in(cell, question.sort or question.figures[0], question).amount
    return _LAST if amount is None else Decimal(amount)
