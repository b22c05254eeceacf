"""The desk at which orders are served: levels, goods, what stores may sell, and reservations."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.inventory.domain.goods import Sku, can_make, parts_of
from services.inventory.domain.levels import Key
from services.inventory.domain.reservations import Fact, HeldLine, Part, Reservation, Short, Wanted
from services.inventory.domain.shelf import Shelf
from services.inventory.domain.warehouses import Warehouse


@dataclass(slots=True)
class Desk:
    """Everything that was locked to serve orders; what changed of it is written together.

    `serving` has the warehouses of each store in the order goods are taken from them. Only goods
    that are kept here stand in `skus`.
    """

    shelf: Shelf
    skus: Mapping[str, Sku]
    serving: Mapping[str, Sequence[Warehouse]]
    reservations: dict[str, Reservation] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    changed: dict[str, Reservation] = field(default_factory=dict)
    _orders: dict[tuple[str, str | None], Reservation] = field(default_factory=dict)
    _checkouts: dict[tuple[str, str], Reservation] = field(default_factory=dict)

    def know(self, reservation: Reservation) -> None:
        """Take in a reservation that is there, or one that came to be an order's."""
        self.reservations[reservation.reservation_id] = reservation
        if reservation.order_id is not None:
            self._orders[reservation.order_id, reservation.case_id] = reservation
        if reservation.external_id is not None:
            self._checkouts[reservation.store_id, reservation.external_id] = reservation

    def add(self, reservation: Reservation) -> Reservation:
        """Take in a new reservation."""
        self.know(reservation)
        return self.touch(reservation)

    def touch(self, reservation: Reservation) -> Reservation:
        """Note that a reservation changes."""
        if reservation.reservation_id not in self.changed:
            self.changed[reservation.reservation_id] = reservation
            reservation.version += 1
        return reservation

    def of_order(self, order_id: str, case_id: str | None = None) -> Reservation | None:
        """Return the reservation of an order, or of an exchange of it."""
        return self._orders.get((order_id, case_id))

    def of_checkout(self, store_id: str, external_id: str | None) -> Reservation | None:
        """Return the reservation that a checkout made for an order to come."""
        return None if external_id is None else self._checkouts.get((store_id, external_id))

    def tracked(self, wanted: Iterable[Wanted]) -> list[Wanted]:
        """Return what is wanted of goods that are kept here: no others can run out."""
        return [line for line in wanted if line.sku in self.skus and line.quantity > 0]


def allocate(
    desk: Desk, store_id: str, wanted: Sequence[Wanted]
) -> tuple[list[HeldLine], list[Short]]:
    """Find where all that is wanted is taken from, or which lines fall short; changes nothing.

    The demand of all lines is summed by component before anything is compared, so that two lines
    that share a component can't both count on the last of it.
    """
    recipes = {line.sku: parts_of(desk.skus[line.sku]) for line in wanted}
    needs: defaultdict[str, int] = defaultdict(int)
    asked: defaultdict[str, int] = defaultdict(int)
    for line in wanted:
        asked[line.sku] += line.quantity
        for part in recipes[line.sku]:
            needs[part.sku] += part.quantity * line.quantity
    allowed = {sku: _allowed(desk, store_id, sku) for sku in needs}
    short = []
    for line in wanted:
        left = desk.shelf.left_aside(store_id, line.sku)
        can_serve = can_make(recipes[line.sku], allowed)
        lacks_part = any(needs[part.sku] > allowed[part.sku] for part in recipes[line.sku])
        if left is not None:
            can_serve = min(can_serve, left)
        if lacks_part or (left is not None and asked[line.sku] > left):
            short.append(Short(line.line_no, line.sku, line.quantity, can_serve))
    if short:
        return [], short
    stock = _Stock(desk, store_id, needs)
    return [
        HeldLine(
            line.line_no,
            line.sku,
            line.quantity,
            recipes[line.sku],
            [
                part
                for each in recipes[line.sku]
                for part in stock.take(each.sku, each.quantity * line.quantity)
            ],
        )
        for line in wanted
    ], []


def _allowed(desk: Desk, store_id: str, sku: str) -> int:
    """Return what a store may sell of a SKU: what is available less what is others' alone."""
    pool = sum(
        max(desk.shelf.available(Key(each.warehouse_id, sku)), 0) for each in desk.serving[store_id]
    )
    return max(pool - desk.shelf.others_aside(store_id, sku), 0)


class _Stock:
    """What can be taken, warehouse by warehouse: first the one that has all of it."""

    def __init__(self, desk: Desk, store_id: str, needs: Mapping[str, int]) -> None:
        ids = [each.warehouse_id for each in desk.serving[store_id]]
        self._left = {
            Key(name, sku): max(desk.shelf.available(Key(name, sku)), 0)
            for name in ids
            for sku in needs
        }
        whole = [
            name
            for name in ids
            if all(self._left[Key(name, sku)] >= number for sku, number in needs.items())
        ]
        self._ids = [*whole[:1], *(name for name in ids if name not in whole[:1])]

    def take(self, sku: str, quantity: int) -> list[Part]:
        """Take pieces from one warehouse if one has them all, else from as few as may be."""
        enough = [name for name in self._ids if self._left[Key(name, sku)] >= quantity]
        parts = []
        for name in enough[:1] or self._ids:
            taken = min(quantity, self._left[Key(name, sku)])
            if taken:
                self._left[Key(name, sku)] -= taken
                quantity -= taken
                parts.append(Part(name, sku, taken))
        return parts
