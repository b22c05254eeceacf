"""Sums of a figure's measures worked out from the ledger, for any set of stores and days."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from services.reporting.domain.measures import Basis
from services.reporting.kpis.figures import Figure
from tests.reporting.oracle import Entry

Condition = Callable[[Entry, bool], bool]
"""Whether an entry's own time (False), or its order's (True), lies in the bucket."""


def opinion(
    entries: Sequence[Entry],
    within: Condition,
    *,
    basis: Basis,
    starts: date | None = None,
    scope: Callable[[Entry], bool] = lambda entry: entry.sku is None,
) -> Callable[[Figure], dict[str, int]]:
    """Return what tells every measure of a figure over the entries of some stores.

    `starts` is the bucket's first day, for buyers; `scope` says which entries speak.
    """

    @cache
    def sums_of(by_order: bool) -> Mapping[str, int]:
        inside = [entry for entry in entries if scope(entry) and within(entry, by_order)]
        sums: defaultdict[str, int] = defaultdict(int)
        for entry in inside:
            sums[entry.measure] += entry.value
        if starts is not None:
            sums.update(_people(entries, inside, starts, by_order=by_order))
            sums.update(_bridge(entries, within))
        return sums

    def told(figure: Figure) -> dict[str, int]:
        sums = sums_of((figure.basis or basis) is Basis.ORDER)
        return {name: sums[name] for name in figure.measures}

    return told


def _people(
    entries: Sequence[Entry], inside: Sequence[Entry], starts: date, *, by_order: bool
) -> dict[str, int]:
    orders = _by_buyer(inside, "orders_paid")
    minor = _by_buyer(inside, "paid_minor")
    buyers = {buyer for buyer, count in orders.items() if count > 0}
    year = [
        entry
        for entry in entries
        if entry.sku is None
        and starts - timedelta(days=365)
        <= (entry.order_day if by_order else entry.own_day)
        < starts
    ]
    known = {buyer for buyer, count in _by_buyer(year, "orders_paid").items() if count > 0}
    return {
        "buyers": len(buyers),
        "buyers_repeat": sum(orders[buyer] > 1 for buyer in buyers),
        "buyers_returning": len(buyers & known),
        "returning_minor": sum(minor[buyer] for buyer in buyers & known),
    }


def _by_buyer(entries: Sequence[Entry], measure: str) -> defaultdict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.measure == measure and entry.buyer is not None:
            found[entry.buyer] += entry.value
    return found


def _bridge(entries: Sequence[Entry], within: Condition) -> dict[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        own, ordered = within(entry, False), within(entry, True)
        if entry.sku is None and own != ordered:
            found[f"{entry.measure}_{'in' if own else 'out'}"] += entry.value
    return {
        name: found[name]
        for name in ("paid_minor_in", "paid_minor_out", "refunded_minor_in", "refunded_minor_out")
    }
