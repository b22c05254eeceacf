"""Custom-made goods (定制): what was agreed on with the buyer goes to the supplier (O-W15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.order import Order
from services.orders.domain.refusals import (
    DeliveryPastError,
    DuplicateLineError,
    IllegalMoveError,
    LineUnknownError,
)


@dataclass(frozen=True, slots=True)
class CustomWork:
    """Specification and delivery date of lines of an order, agreed on by a member of staff."""

    specification_id: str
    line_nos: tuple[int, ...]
    specification: str
    supplier_id: str | None
    deliver_by: datetime
    agreed_at: datetime
    staff: str

    def says_as(self, other: "CustomWork") -> bool:
        """Say whether both agree on the same."""
        return (
            self.line_nos == other.line_nos
            and self.specification == other.specification
            and self.supplier_id == other.supplier_id
            and self.deliver_by == other.deliver_by
        )


def agree(order: Order, work: CustomWork, standing: Sequence[CustomWork]) -> CustomWork | None:
    """Return the standing agreement that says the same already, None if this one is new.

    Raises `IllegalMoveError` once something was sent or the order is over, `LineUnknownError`,
    `DuplicateLineError`, `DeliveryPastError`.
    """
    for place, line_no in enumerate(work.line_nos):
        if order.line(line_no) is None:
            detail = f"The order has no line {line_no}."
            raise LineUnknownError(detail, pointer=f"/lines/{place}")
        if line_no in work.line_nos[:place]:
            raise DuplicateLineError("The line is named twice.", pointer=f"/lines/{place}")
    known = next((each for each in standing if each.says_as(work)), None)
    if known is not None:
        return known
    if order.shipments or order.delivered_at or order.completed_at or order.cancelled_at:
        detail = f"An order that is {order.status} can no longer be made otherwise."
        raise IllegalMoveError(detail, status_now=order.status)
    if work.deliver_by <= work.agreed_at:
        detail = "The delivery date is not after the agreement."
        raise DeliveryPastError(detail, pointer="/deliver_by")
    return None


def replaced_by(work: CustomWork, standing: Sequence[CustomWork]) -> list[CustomWork]:
    """Return the standing agreements on any of the same lines."""
    lines = set(work.line_nos)
    return [each for each in standing if lines & set(each.line_nos)]
