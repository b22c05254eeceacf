"""Parcels: what leaves is part of the order and leaves once."""

from dataclasses import replace

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Delivered, Shipped
from services.orders.domain.order import Order
from services.orders.domain.parts import Shipment, ShippedLine
from services.orders.domain.refusals import (
    DuplicateLineError,
    LineUnknownError,
    ShipmentExceedsOrderError,
)
from services.orders.domain.stepping import demand_free


def ship(changes: Changes, shipment: Shipment, *, pointer: str = "") -> None:
    """Send a parcel; one whose lines are not given holds all that remains.

    Raises `IllegalMoveError`, `LineUnknownError`, `ShipmentExceedsOrderError`.
    """
    order = changes.order
    changes.allow("ship", pointer=pointer)
    if not changes.is_told:
        demand_free(changes)
    remaining = order.remaining()
    lines = shipment.lines
    if lines is None:
        lines = tuple(ShippedLine(*entry) for entry in remaining.items())
    _check_lines(order, lines, remaining, pointer)
    for part in lines:
        remaining[part.line_no] -= part.quantity
    is_complete = not any(remaining.values())
    _put(changes, replace(shipment, lines=lines, is_complete=is_complete))
    if is_complete:
        order.shipped_at = max(entry.shipped_at for entry in order.shipments)


def ship_beside(changes: Changes, shipment: Shipment) -> None:
    """Record one more parcel of an order that is sent, where the source tells no lines."""
    _put(changes, replace(shipment, lines=(), is_complete=False))


def deliver(changes: Changes, delivered: Delivered, *, pointer: str | None = None) -> None:
    """Hand the goods to the buyer; raises `IllegalMoveError`."""
    changes.allow("deliver", pointer=pointer)
    changes.order.delivered_at = delivered.at
    changes.state(delivered)


def _put(changes: Changes, shipment: Shipment) -> None:
    order = changes.order
    number = len(order.shipments) + 1
    shipment = replace(shipment, shipment_id=f"shp_{order.order_id[4:]}_{number}")
    changes.put_shipment(shipment)
    changes.state(Shipped(shipment.shipped_at, shipment=shipment))


def _check_lines(
    order: Order, lines: tuple[ShippedLine, ...], remaining: dict[int, int], pointer: str
) -> None:
    for place, part in enumerate(lines):
        where = f"{pointer}/lines/{place}"
        if order.line(part.line_no) is None:
            detail = f"The order has no line {part.line_no}."
            raise LineUnknownError(detail, pointer=f"{where}/line_no")
        if any(part.line_no == other.line_no for other in lines[:place]):
            detail = f"Line {part.line_no} is named twice."
            raise DuplicateLineError(detail, pointer=f"{where}/line_no")
        left = remaining.get(part.line_no, 0)
        if part.quantity > left:
            detail = f"Of line {part.line_no} only {left} remain to be sent."
            raise ShipmentExceedsOrderError(detail, pointer=f"{where}/quantity", remaining=left)
