"""Explaining a number: what it counts, and what it leaves out, by reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.measures import Basis, on_basis
from services.reporting.domain.periods import Grain
from services.reporting.kpis.catalogue import BRIDGE_PARTS, KEPT, basis_of, columns_of
from services.reporting.kpis.figures import Figure, Value
from services.reporting.planner.cells import read_cells, value_in
from services.reporting.planner.questions import Question
from services.reporting.repository.bridge import read_bridge
from services.reporting.repository.extent import Extent
from services.reporting.repository.sums import read_sums

Counts = Mapping[str, int]

_KEPT = KEPT["store"]
_OF_PAID_ORDERS = ("orders_paid", "paid_", "units_paid", "buyers", "returning")
_LEFT_OUT = (
    ("orders_timed", "orders_shipped", "shipped_without_an_earlier_payment"),
    ("orders_shipped_due", "orders_shipped", "shipped_without_a_deadline"),
    ("refunds_timed", "refunds_paid", "refunded_without_a_known_request"),
)
"""What a figure speaks of, of all that there are, and why the rest is not in it."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One store's value, the sums behind it, and counts of what is in it and what is not."""

    store_id: str
    value: Value
    sums: Counts
    included: Counts
    excluded: Counts


async def explain(session: AsyncSession, question: Question, figure: Figure) -> list[Explained]:
    """Explain a figure's value over the whole period, store by store.

    Periods cut by the hour can't say which of their orders came from outside them.
    """
    asked = replace(question, figures=[figure], grain=Grain.TOTAL)
    extent = Extent(question.spans, Grain.TOTAL)
    cells = await read_cells(session, asked, question.spans)
    counts = await read_sums(session, extent, _KEPT)
    bridge = None if extent.is_by_hour else await read_bridge(session, extent)
    found = []
    for store_id in question.spans:
        place = store_id, None, extent.opening
        store = {**dict.fromkeys(_KEPT, 0), **counts.get(place, {})}
        if bridge is not None:
            store |= bridge.get(place, dict.fromkeys(BRIDGE_PARTS, 0))
        cell = cells.get(place, {})
        columns = columns_of(figure, asked.basis)
        sums = {name: cell.get(columns.get(name, name), 0) for name in figure.measures}
        included, excluded = _reasons(figure, basis_of(figure, asked.basis), store)
        value = value_in(cell, figure, asked)
        found.append(Explained(store_id, value, sums, included, excluded))
    return found


def _reasons(figure: Figure, basis: Basis, counts: Counts) -> tuple[dict[str, int], dict[str, int]]:
    included: dict[str, int] = {}
    excluded: dict[str, int] = {}
    names = figure.measures
    if any("placed" in name for name in names):
        included["orders_placed"] = counts["orders_placed"]
        included["orders_placed_and_cancelled"] = counts["orders_cancelled_by_order"]
    if any(name.startswith(_OF_PAID_ORDERS) for name in names):
        _count_ways((included, excluded), "orders_paid", basis, counts=counts)
        excluded["placed_but_not_paid"] = counts["orders_placed"] - counts["orders_paid_by_order"]
    if figure.unless is not None:
        excluded[figure.unless] = counts[on_basis(figure.unless, basis)]
    if any(name.startswith("refund") for name in names):
        _count_ways((included, excluded), "refunds_paid", basis, counts=counts)
        waiting = counts["refunds_requested_by_order"] - counts["refunds_paid_by_order"]
        excluded["refunds_asked_for_and_not_paid"] = max(waiting, 0)
    for known, every, reason in _LEFT_OUT:
        if known in names:
            included[known] = counts[on_basis(known, basis)]
            excluded[reason] = counts[on_basis(every, basis)] - included[known]
    return included, excluded


def _count_ways(
    reasons: tuple[dict[str, int], dict[str, int]], name: str, basis: Basis, *, counts: Counts
) -> None:
    """Count what is in, and what touches the period but is out for the basis."""
    included, excluded = reasons
    included[name] = counts[on_basis(name, basis)]
    if f"{name}_in" not in counts:
        return
    from_outside, made_outside = counts[f"{name}_in"], counts[f"{name}_out"]
    by_event = basis is Basis.EVENT
    (included if by_event else excluded)[f"{name}_for_orders_of_other_periods"] = from_outside
    (excluded if by_event else included)[f"{name}_in_other_periods"] = made_outside
