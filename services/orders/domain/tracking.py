"""What couriers report of parcels (物流跟踪): the newest report holds, none leads backwards."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.orders.domain import shipping
from services.orders.domain.changes import Changes
from services.orders.domain.facts import Delivered, Tracked
from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.domain.parts import Shipment
from shared.kernel.refusals import NotFoundError


class WaybillUnknownError(NotFoundError):
    """No parcel of the caller's stores bears this waybill of this courier."""

    kind = "waybill-unknown"


class TrackingState(StrEnum):
    """How far a parcel has come with its courier, in order."""

    COLLECTED = "collected"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    FAILED = "failed"
    DELIVERED = "delivered"
    RETURNED = "returned"


FINAL = (TrackingState.DELIVERED, TrackingState.RETURNED)
"""States that nothing follows."""

_PLACE = {state: place for place, state in enumerate(TrackingState)}


@dataclass(frozen=True, slots=True)
class Report:
    """A courier's report of a waybill."""

    courier: str
    waybill: str
    at: datetime
    state: TrackingState

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands among the reports of its waybill."""
        return self.at, _PLACE[self.state]


def track(changes: Changes, report: Report) -> bool:
    """Take a report of the order's parcels that bear its waybill; return whether it is newer.

    Another state is stated once, a movement in the same state only noted. The order is under way
    from the first report on, and delivered when all that was sent is.
    """
    parcels = [each for each in changes.order.shipments if _is_meant(each, report)]
    newer = [each for each in parcels if _is_newer(each, report)]
    for parcel in newer:
        moved = replace(parcel, tracking_state=report.state.value, tracked_at=report.at)
        changes.put_shipment(moved)
        if moved.tracking_state != parcel.tracking_state:
            changes.state_beside(Tracked(report.at, moved), after=None)
    if newer:
        _move(changes, report.at)
    return bool(newer)


def stalled_of(order: Order, days: int, now: datetime) -> list[Shipment]:
    """Return the order's parcels that have not moved for so many days, untold since they did."""
    return [
        each
        for each in order.shipments
        if each.tracking_state not in FINAL
        and moved_at(each) + timedelta(days=days) <= now
        and each.stall_told_at != moved_at(each)
    ]


def moved_at(parcel: Shipment) -> datetime:
    """Return when a parcel moved last: by its courier, else when it left."""
    return parcel.tracked_at or parcel.shipped_at


def _is_meant(parcel: Shipment, report: Report) -> bool:
    return (parcel.courier, parcel.waybill) == (report.courier, report.waybill)


def _is_newer(parcel: Shipment, report: Report) -> bool:
    if parcel.tracking_state is None or parcel.tracked_at is None:
        return True
    known = TrackingState(parcel.tracking_state)
    return known not in FINAL and (parcel.tracked_at, _PLACE[known]) < report.place


def _move(changes: Changes, at: datetime) -> None:
    order = changes.order
    if order.in_transit_at is None:
        if order.status is Status.SHIPPED:
            changes.allow("track")
        order.in_transit_at = at
        changes.has_new_work = True
    is_all_there = all(each.tracking_state == TrackingState.DELIVERED for each in order.shipments)
    if order.status is Status.IN_TRANSIT and is_all_there:
        last = max(each.tracked_at or at for each in order.shipments)
        shipping.deliver(changes, Delivered(last))
