"""Wrong shipments (发错): what was really sent, who answers for it, what was done about it."""

from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.order import Order
from services.orders.domain.refusals import (
    DuplicateLineError,
    LineUnknownError,
    NothingShippedError,
    ShipmentUnknownError,
)


@dataclass(frozen=True, slots=True)
class SentLine:
    """What was really sent for a line; 0 pieces where it was forgotten."""

    line_no: int
    sku: str | None
    quantity: int


@dataclass(frozen=True, slots=True)
class WrongShipment:
    """An entry of the register."""

    register_id: str
    order_id: str
    store_id: str
    shipment_id: str | None
    kind: str
    shipped: tuple[SentLine, ...]
    cause: str
    solution: str
    responsible_staff: str
    cost_minor: int
    registered_at: datetime
    registered_by: str


def check_entry(order: Order, entry: WrongShipment) -> None:
    """Check that an entry is about what left of its order.

    Raises `NothingShippedError`, `ShipmentUnknownError`, `LineUnknownError`, `DuplicateLineError`.
    """
    if not (order.shipments or order.shipped_at or order.delivered_at):
        raise NothingShippedError("Nothing of the order left yet.")
    known = {shipment.shipment_id for shipment in order.shipments}
    if entry.shipment_id is not None and entry.shipment_id not in known:
        detail = f"The order has no parcel {entry.shipment_id}."
        raise ShipmentUnknownError(detail, pointer="/shipment_id")
    seen: set[tuple[int, str | None]] = set()
    for place, line in enumerate(entry.shipped):
        pointer = f"/shipped/{place}/line_no"
        if order.line(line.line_no) is None:
            raise LineUnknownError(f"The order has no line {line.line_no}.", pointer=pointer)
        if (line.line_no, line.sku) in seen:
            raise DuplicateLineError(f"Line {line.line_no} is named twice.", pointer=pointer)
        seen.add((line.line_no, line.sku))
