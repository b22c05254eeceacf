"""Parcels before they leave: several orders in one (合单), or one order in several (拆单)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.domain.parts import ShippedLine
from services.orders.domain.refusals import (
    DuplicateLineError,
    LineUnknownError,
    ShipmentExceedsOrderError,
)
from shared.kernel.refusals import ConflictError, InvalidError


class ParcelsDifferError(ConflictError):
    """Orders of different stores, buyers or addresses share no parcel."""

    kind = "parcels-differ"


class NotPlannableError(ConflictError):
    """Parcels are planned of orders that passed their audit, are held for nothing, not printed."""

    kind = "not-plannable"


class AlreadyPlannedError(ConflictError):
    """The order's parcels are planned otherwise; undo that first."""

    kind = "already-planned"


class ParcelsPrintedError(ConflictError):
    """A plan is undone only before it is printed."""

    kind = "parcels-printed"


class ParcelsPlannedError(ConflictError):
    """The order's parcels are planned, and what is told is none of them."""

    kind = "parcels-planned"


class TooFewParcelsError(InvalidError):
    """One order in one parcel needs no plan."""

    kind = "too-few-parcels"


class WaybillDiffersError(ConflictError):
    """The parcel was printed with another waybill."""

    kind = "waybill-differs"


@dataclass(frozen=True, slots=True, order=True)
class Content:
    """How many pieces of an order's line a parcel holds."""

    order_id: str
    line_no: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel of a store: planned, or at least printed with a waybill of its own.

    `contents` stand by order; an order that is cancelled meanwhile is left out when it leaves.
    """

    parcel_id: str
    store_id: str
    contents: tuple[Content, ...]
    is_planned: bool = True
    courier: str | None = None
    waybill: str | None = None
    weight_grams: int | None = None
    printed_at: datetime | None = None
    shipped_at: datetime | None = None

    @property
    def order_ids(self) -> list[str]:
        """The orders that share it."""
        return list(dict.fromkeys(content.order_id for content in self.contents))

    def lines_of(self, order_id: str) -> tuple[ShippedLine, ...]:
        """Return what of an order lies in it."""
        return tuple(
            ShippedLine(content.line_no, content.quantity)
            for content in self.contents
            if content.order_id == order_id
        )


def demand_plannable(order: Order) -> None:
    """Raise `NotPlannableError` unless the order is next to be printed."""
    if order.status is Status.AUDITED and order.held_for is None and not order.shipments:
        return
    state = f"held for {order.held_for.kind}" if order.held_for else order.status
    detail = f"Order {order.external_id} is {state}."
    raise NotPlannableError(detail, status_now=order.status)


def demand_alike(orders: Sequence[Order]) -> None:
    """Raise `ParcelsDifferError` unless one parcel can go to the buyer of all these orders."""
    first = orders[0]
    shared: dict[str, set[str | None]] = {
        "stores": {order.store_id for order in orders},
        "buyers": {order.buyer.account for order in orders},
        "addresses": {order.buyer.address for order in orders},
    }
    for name, found in shared.items():
        if len(found) > 1 or None in found:
            detail = f"Orders of different or unknown {name} share no parcel."
            raise ParcelsDifferError(detail, differs=name, order_id=first.order_id)


def join(orders: Sequence[Order]) -> tuple[Content, ...]:
    """Return one parcel's contents: all of several orders (合单).

    Raises `NotPlannableError`, `ParcelsDifferError`, `TooFewParcelsError`.
    """
    if len({order.order_id for order in orders}) < 2:  # noqa: PLR2004 - several
        raise TooFewParcelsError("Name several orders.", pointer="/order_ids")
    for order in orders:
        demand_plannable(order)
    demand_alike(orders)
    return tuple(sorted(content for order in orders for content in whole(order)))


def whole(order: Order) -> tuple[Content, ...]:
    """Return all of an order as one parcel's contents."""
    left = order.remaining()
    return tuple(Content(order.order_id, line_no, pieces) for line_no, pieces in left.items())


def divide(order: Order, parts: Sequence[Sequence[ShippedLine]]) -> list[tuple[Content, ...]]:
    """Return the contents of an order's parcels (拆单); what no part names is one more parcel.

    Raises `NotPlannableError`, `LineUnknownError`, `DuplicateLineError`,
    `ShipmentExceedsOrderError`, `TooFewParcelsError`.
    """
    demand_plannable(order)
    left = order.remaining()
    found = []
    for place, part in enumerate(parts):
        _take(order, left, part, f"/parcels/{place}")
        found.append(tuple(Content(order.order_id, row.line_no, row.quantity) for row in part))
    rest = [Content(order.order_id, line_no, pieces) for line_no, pieces in left.items() if pieces]
    if rest:
        found.append(tuple(rest))
    if len(found) < 2:  # noqa: PLR2004 - several
        raise TooFewParcelsError("All of it is in one parcel.", pointer="/parcels")
    return [tuple(sorted(contents)) for contents in found]


def _take(order: Order, left: dict[int, int], part: Iterable[ShippedLine], pointer: str) -> None:
    seen: set[int] = set()
    for place, row in enumerate(part):
        where = f"{pointer}/{place}"
        if order.line(row.line_no) is None:
            detail = f"The order has no line {row.line_no}."
            raise LineUnknownError(detail, pointer=f"{where}/line_no")
        if row.line_no in seen:
            detail = f"Line {row.line_no} is named twice."
            raise DuplicateLineError(detail, pointer=f"{where}/line_no")
        seen.add(row.line_no)
        if row.quantity > left.get(row.line_no, 0):
            detail = f"Of line {row.line_no} only {left.get(row.line_no, 0)} are left."
            raise ShipmentExceedsOrderError(detail, pointer=f"{where}/quantity")
        left[row.line_no] -= row.quantity


def choose(
    parcels: Sequence[Parcel], waybill: str | None, lines: tuple[ShippedLine, ...] | None
) -> Parcel | None:
    """Return which of an order's parcels leaves, None if it has no plan and no label.

    It is the one that bears the waybill, else the next without one; told without a waybill, the
    next that has one. Raises `WaybillDiffersError`, `ParcelsPlannedError`.
    """
    waiting = [parcel for parcel in parcels if parcel.shipped_at is None]
    if lines is not None and any(parcel.is_planned for parcel in parcels):
        waiting = [each for each in waiting if _lines(each) == sorted(lines, key=_line_no)]
        if not waiting:
            raise ParcelsPlannedError("No parcel is planned with these lines.", pointer="/lines")
    if not waiting:
        return None
    if waybill is None:
        return next((each for each in waiting if each.waybill is not None), waiting[0])
    bearing = next((each for each in waiting if each.waybill == waybill), None)
    bare = next((each for each in waiting if each.waybill is None), None)
    found = bearing or bare
    if found is None:
        detail = f"The parcel was printed with the waybill {waiting[0].waybill}."
        raise WaybillDiffersError(detail, pointer="/waybill")
    return found


def _lines(parcel: Parcel) -> list[ShippedLine]:
    [order_id, *others] = parcel.order_ids
    return [] if others else sorted(parcel.lines_of(order_id), key=_line_no)


def _line_no(line: ShippedLine) -> int:
    return line.line_no


def by_order(parcels: Iterable[Parcel]) -> Mapping[str, list[Parcel]]:
    """Return by order the parcels it travels in."""
    found: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        for order_id in parcel.order_ids:
            found.setdefault(order_id, []).append(parcel)
    return found
