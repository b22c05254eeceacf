"""Wrong shipments as events."""

from services.orders.domain.order import Order
from services.orders.domain.wrong_shipments import WrongShipment
from services.orders.messages.repeated import common_of
from shared.contracts.orders import ShippedLine
from shared.contracts.orders_cases import WrongShipmentRegistered
from shared.kernel.buckets import StoreCalendar


def registered(
    order: Order, entry: WrongShipment, calendar: StoreCalendar
) -> WrongShipmentRegistered:
    """Return the event of an entry."""
    return WrongShipmentRegistered(
        **common_of(order, calendar),
        occurred_at=entry.registered_at,
        register_id=entry.register_id,
        kind=entry.kind,
        shipped=[
            ShippedLine(line_no=line.line_no, sku=line.sku, quantity=line.quantity)
            for line in entry.shipped
        ],
        solution=entry.solution,
        shipment_id=entry.shipment_id,
        responsible_staff=entry.responsible_staff,
        cost_minor=entry.cost_minor,
    )
