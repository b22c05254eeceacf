"""Parcels as those who send them tell them: by order, courier and waybill."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.orders.domain import shipping
from services.orders.domain.changes import Changes
from services.orders.domain.merging import demand_same
from services.orders.domain.order import Order
from services.orders.domain.parts import Shipment, ShippedLine
from shared.kernel.refusals import ConflictError, InvalidError


class WaybillTakenError(ConflictError):
    """The waybill is on a parcel of another order, and the two share none."""

    kind = "waybill-taken"


class WaybillMissingError(InvalidError):
    """A parcel is told without a waybill, and none was given to it at printing."""

    kind = "waybill-missing"


class CourierMissingError(InvalidError):
    """A parcel is told without a courier, and neither its order nor its store names one."""

    kind = "courier-missing"


@dataclass(frozen=True, slots=True)
class Sending:
    """A parcel that leaves, as somebody tells it; what is None is known otherwise or not at all."""

    order_id: str
    at: datetime
    courier: str | None = None
    waybill: str | None = None
    lines: tuple[ShippedLine, ...] | None = None
    weight_grams: int | None = None
    external_id: str | None = None


def sent_before(order: Order, sending: Sending) -> Shipment | None:
    """Return the order's parcel that is told again: by its waybill, or by its own number."""
    for parcel in order.shipments:
        is_named = sending.external_id is not None and parcel.external_id == sending.external_id
        if is_named or (sending.waybill is not None and parcel.waybill == sending.waybill):
            return parcel
    return None


def send(changes: Changes, sending: Sending, *, courier: str, waybill: str) -> bool:
    """Send a parcel of an order; return whether that was news.

    A parcel is known by its waybill: told again it changes nothing. Raises `FactDiffersError` if
    another courier is told, and what `shipping.ship` raises.
    """
    known = sent_before(changes.order, sending)
    if known is not None:
        demand_same("/courier", known.courier, sending.courier or known.courier)
        demand_same("/waybill", known.waybill, sending.waybill or known.waybill)
        return False
    told = Shipment(
        sending.external_id or _free_key(changes.order, waybill),
        courier,
        waybill,
        sending.at,
        lines=sending.lines,
        weight_grams=sending.weight_grams,
    )
    shipping.ship(changes, told)
    return True


def _free_key(order: Order, waybill: str) -> str:
    taken = {parcel.external_id for parcel in order.shipments}
    key, number = waybill, 2
    while key in taken:
        key, number = f"{waybill} {number}", number + 1
    return key


def as_told_of(sending: Sending, order_id: str, lines: tuple[ShippedLine, ...] | None) -> Sending:
    """Return a parcel as another of its orders tells it: it is weighed once."""
    if order_id == sending.order_id:
        return replace(sending, lines=lines)
    return replace(sending, order_id=order_id, lines=lines, weight_grams=None, external_id=None)
