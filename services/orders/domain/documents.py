"""What is printed of orders: labels of parcels, and what is to be picked for all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.domain.parts import Line
from shared.kernel.refusals import ConflictError

WAYBILL, PICKING_LIST = "waybill", "picking_list"
"""Kinds of documents."""

_IN_WORK = (Status.AUDITED, Status.PRINTED, Status.PICKED, Status.CHECKED, Status.PACKED)
_GONE = (Status.SHIPPED, Status.IN_TRANSIT, Status.DELIVERED, Status.COMPLETED, Status.FOLLOWED_UP)
_PRINTABLE: Mapping[str, Sequence[Status]] = {
    WAYBILL: (*_IN_WORK, *_GONE),  # also copies of what has left (O-R32)
    PICKING_LIST: _IN_WORK,
}


class NotPrintableError(ConflictError):
    """Documents are printed of orders that passed their audit and are held for nothing."""

    kind = "not-printable"


class NothingToPrintError(ConflictError):
    """The working list whose documents are asked for is empty."""

    kind = "nothing-to-print"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a parcel goes, as the caller may see it."""

    name: str = ""
    phone: str = ""
    address: str = ""
    is_masked: bool = True


@dataclass(frozen=True, slots=True)
class Goods:
    """Pieces of one kind in a parcel."""

    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Label:
    """A parcel's page: `numbers` are of all orders in it, `copy` is 1 at the first printing.

    `place` of `places`: which of the order's parcels it is.
    """

    store: str
    numbers: tuple[str, ...]
    courier: str
    waybill: str
    receiver: Receiver
    goods: tuple[Goods, ...]
    is_urgent: bool
    printed_at: datetime
    copy: int = 1
    place: int = 1
    places: int = 1

    @property
    def pieces(self) -> int:
        """How many pieces it holds."""
        return sum(goods.quantity for goods in self.goods)


@dataclass(frozen=True, slots=True)
class Pick:
    """All pieces of one kind that a picking list asks for, and how many each order takes."""

    sku: str
    name: str
    orders: tuple[tuple[str, int], ...]

    @property
    def pieces(self) -> int:
        """How many pieces are to be taken from the shelf."""
        return sum(quantity for _, quantity in self.orders)


def demand_printable(order: Order, kind: str, *, pointer: str | None = None) -> None:
    """Raise `NotPrintableError` unless documents of this kind may be printed of an order."""
    if order.status in _PRINTABLE[kind] and order.held_for is None:
        return
    state = f"held for {order.held_for.kind}" if order.held_for else order.status
    detail = f"Order {order.external_id} is {state}."
    raise NotPrintableError(detail, pointer=pointer, status_now=order.status)


def goods_of(order: Order, quantities: Mapping[int, int]) -> tuple[Goods, ...]:
    """Return the goods of an order of which there are any, by line number."""
    return tuple(
        Goods(*_named(line), quantities[line.line_no])
        for line in order.lines
        if quantities.get(line.line_no)
    )


def picks_of(orders: Sequence[Order]) -> list[Pick]:
    """Return what is to be picked for orders and not sent yet, summed per SKU, in their order.

    Goods without a SKU are summed by their names.
    """
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    names: dict[str, tuple[str, str]] = {}
    for order in orders:
        left = order.remaining()
        for line in order.lines:
            if line.line_no in left:
                key = line.sku or f"\n{line.name}"
                names.setdefault(key, _named(line))
                sums[key][order.order_id] += left[line.line_no]
    numbers = {order.order_id: order.external_id for order in orders}
    return [
        Pick(*names[key], tuple((numbers[each], pieces) for each, pieces in found.items()))
        for key, found in sorted(sums.items())
    ]


def _named(line: Line) -> tuple[str, str]:
    return line.sku or "", line.name or ""
