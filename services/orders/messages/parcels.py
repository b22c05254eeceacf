"""Planned parcels as events."""

from collections.abc import Sequence
from datetime import datetime

from services.orders.domain.order import Order
from services.orders.domain.parcels import Parcel
from services.orders.messages.repeated import common_of
from shared.contracts import orders_steps as steps
from shared.contracts.envelope import Event
from shared.contracts.orders import ShippedLine
from shared.kernel.buckets import StoreCalendar


def parcels_planned(
    order: Order, parcels: Sequence[Parcel], calendar: StoreCalendar, at: datetime
) -> Event:
    """Return the event of an order's plan; no parcels say that it was undone."""
    skus = {line.line_no: line.sku for line in order.lines}
    return steps.ParcelsPlanned(
        **{**common_of(order, calendar), "occurred_at": at},
        parcels=[
            steps.Parcel(
                parcel_id=parcel.parcel_id,
                lines=[
                    ShippedLine(
                        line_no=line.line_no, sku=skus.get(line.line_no), quantity=line.quantity
                    )
                    for line in parcel.lines_of(order.order_id)
                ],
                order_ids=parcel.order_ids,
            )
            for parcel in parcels
        ],
    )
