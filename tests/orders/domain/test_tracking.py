"""Couriers' reports: in any order they lead to the same, and never backwards."""

from itertools import permutations

import pytest

from services.orders.domain.changes import Changes
from services.orders.domain.moves import Status
from services.orders.domain.order import COD, Order
from services.orders.domain.parts import ShippedLine
from services.orders.domain.tracking import Report, TrackingState, stalled_of, track
from tests.support.order_rules import a_paid_order, a_parcel, an_order, at, changing, kinds

COLLECTED, MOVING, OUT = (
    TrackingState.COLLECTED,
    TrackingState.IN_TRANSIT,
    TrackingState.OUT_FOR_DELIVERY,
)
DELIVERED, FAILED, RETURNED = (
    TrackingState.DELIVERED,
    TrackingState.FAILED,
    TrackingState.RETURNED,
)


def a_report(minutes: int, state: TrackingState, waybill: str = "SF-1") -> Report:
    return Report("SF", waybill, at(minutes), state)


def shipped(**values: object) -> Order:
    return a_paid_order(shipments=[a_parcel()], **values)


def tracked(order: Order, *reports: Report) -> Changes:
    changes = changing(order)
    for report in reports:
        track(changes, report)
    return changes


def test_first_report_puts_the_order_under_way_and_the_last_delivers_it() -> None:
    changes = tracked(shipped(), a_report(70, COLLECTED))
    first = changes.order.status
    track(changes, a_report(200, DELIVERED))

    assert first is Status.IN_TRANSIT
    assert changes.order.status is Status.DELIVERED
    assert (changes.order.in_transit_at, changes.order.delivered_at) == (at(70), at(200))
    assert kinds(changes) == ["Tracked", "Tracked", "Delivered"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_reports_in_any_order_end_alike(order: tuple[int, ...]) -> None:
    reports = [
        a_report(70, COLLECTED),
        a_report(80, MOVING),
        a_report(90, OUT),
        a_report(90, DELIVERED),
    ]

    changes = tracked(shipped(), *(reports[place] for place in order))

    parcel = changes.order.shipments[0]
    assert (parcel.tracking_state, parcel.tracked_at) == ("delivered", at(90))
    assert changes.order.status is Status.DELIVERED


def test_state_is_stated_once_and_a_movement_in_it_only_noted() -> None:
    changes = tracked(shipped(), a_report(70, MOVING), a_report(80, MOVING), a_report(75, MOVING))

    assert kinds(changes) == ["Tracked"]
    assert changes.order.shipments[0].tracked_at == at(80)


@pytest.mark.parametrize("end", [DELIVERED, RETURNED])
def test_nothing_follows_the_end(end: TrackingState) -> None:
    changes = tracked(shipped(), a_report(70, end))

    assert not track(changes, a_report(99, MOVING))
    assert changes.order.shipments[0].tracking_state == end


def test_order_is_delivered_when_all_its_parcels_are() -> None:
    parcels = [a_parcel("1", (ShippedLine(1, 2),)), a_parcel("2")]
    changes = tracked(a_paid_order(shipments=parcels), a_report(99, DELIVERED, "SF-2"))
    first = changes.order.status
    track(changes, a_report(80, DELIVERED, "SF-1"))

    assert first is Status.IN_TRANSIT
    assert (changes.order.status, changes.order.delivered_at) == (Status.DELIVERED, at(99))


def test_parcel_that_was_not_handed_over_delivers_nothing() -> None:
    changes = tracked(shipped(), a_report(70, FAILED), a_report(80, RETURNED))

    assert changes.order.status is Status.IN_TRANSIT


def test_first_of_several_parcels_moves_before_the_rest_has_left() -> None:
    order = a_paid_order(shipments=[a_parcel("1", (ShippedLine(1, 1),))])

    changes = tracked(order, a_report(70, DELIVERED))

    assert changes.order.status is Status.PAID
    assert changes.order.in_transit_at == at(70)


def test_reports_after_the_end_of_an_order_change_its_parcels_alone() -> None:
    delivered = shipped(delivered_at=at(500))

    changes = tracked(delivered, a_report(600, RETURNED))

    assert changes.order.status is Status.DELIVERED
    assert kinds(changes) == ["Tracked"]


def test_cash_on_delivery_is_delivered_before_it_is_paid() -> None:
    order = an_order(kind=COD, shipments=[a_parcel()])

    changes = tracked(order, a_report(70, DELIVERED))

    assert changes.order.status is Status.DELIVERED


def test_parcel_stalls_by_the_days_of_its_store_until_it_moves() -> None:
    order = shipped()
    day = 24 * 60
    fresh = stalled_of(order, 2, at(60 + 2 * day - 1))
    stalled = stalled_of(order, 2, at(60 + 2 * day))
    moved = tracked(order, a_report(day, MOVING)).order
    arrived = tracked(order, a_report(day, DELIVERED)).order

    assert (fresh, len(stalled)) == ([], 1)
    assert stalled_of(moved, 2, at(3 * day - 1)) == []
    assert len(stalled_of(moved, 2, at(3 * day))) == 1
    assert stalled_of(arrived, 2, at(99 * day)) == []
