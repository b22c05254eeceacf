"""Any arrival of the same rows leads to the same order, and its events add up to it."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from pydantic import TypeAdapter

from services.orders.domain.order import Incoming, Order
from services.orders.domain.reconciling import Outcome, reconcile
from services.orders.messages.changes import events_of
from services.orders.schemas.incoming import incoming_of
from services.orders.schemas.new_order import NewOrder
from shared.contracts import orders as contracts
from shared.contracts.envelope import Event
from shared.crypto import PersonalData
from tests.support.order_histories import Snapshot, arrivals, newest
from tests.support.order_rules import a_store

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ORDER_ID = "ord_" + "0" * 32
STORE = a_store()

_adapter = TypeAdapter(NewOrder)
_personal = PersonalData(bytes(32))


def read(snapshot: Snapshot) -> Incoming:
    return incoming_of(_adapter.validate_python(snapshot), "CNY", _personal)


def live(snapshots: list[Snapshot]) -> tuple[Order, list[Event]]:
    """Take rows one after the other; return the order they make, and what was stated."""
    order: Order | None = None
    stated: list[Event] = []
    for snapshot in snapshots:
        outcome, changes = reconcile(order, read(snapshot), order_id=ORDER_ID, now=NOW)
        if outcome is not Outcome.STALE:
            order = changes.order
            stated.extend(events_of(order, changes.facts, STORE))
    assert order is not None
    return order, stated


@given(arrivals())
@settings(max_examples=100)
def test_any_arrival_leads_to_the_same_order(snapshots: list[Snapshot]) -> None:
    order, _ = live(snapshots)
    straight, _ = live([newest(snapshots)])

    assert replace(order, version=1) == replace(straight, version=1)


@given(arrivals())
@settings(max_examples=100)
def test_same_row_again_changes_nothing(snapshots: list[Snapshot]) -> None:
    order, _ = live(snapshots)

    outcome, changes = reconcile(order, read(newest(snapshots)), order_id=ORDER_ID, now=NOW)

    assert outcome is Outcome.UNCHANGED
    assert changes.order == order


@given(arrivals())
@settings(max_examples=100)
def test_events_add_up_to_the_order(snapshots: list[Snapshot]) -> None:
    order, stated = live(snapshots)

    assert isinstance(stated[0], contracts.OrderPlaced)
    assert placed_minor(stated) == order.total_minor
    assert paid_minor(stated) == order.paid_minor
    assert refunded_minor(stated) == order.refunded_minor
    counts = Counter(type(event) for event in stated)
    assert counts[contracts.OrderPlaced] == 1
    assert counts[contracts.OrderPaid] == int(order.paid_at is not None)
    assert counts[contracts.OrderShipped] == len(order.shipments)
    assert counts[contracts.RefundRequested] == len(order.refunds)
    assert counts[contracts.OrderDelivered] == int(order.delivered_at is not None)
    assert counts[contracts.OrderCompleted] == int(order.completed_at is not None)
    assert counts[contracts.OrderCancelled] == int(order.cancelled_at is not None)


@given(arrivals())
@settings(max_examples=100)
def test_nothing_is_refunded_that_was_not_paid(snapshots: list[Snapshot]) -> None:
    order, _ = live(snapshots)

    assert 0 <= order.refunded_minor <= order.paid_minor <= order.total_minor
    assert order.refundable_minor >= 0


def placed_minor(events: list[Event]) -> int:
    total = 0
    for event in events:
        if isinstance(event, contracts.OrderPlaced):
            total += event.total_minor
        elif isinstance(event, contracts.OrderAmended):
            total += event.total_minor - event.previous_total_minor
    return total


def paid_minor(events: list[Event]) -> int:
    return sum(
        event.payment_minor
        for event in events
        if isinstance(event, contracts.PaymentReceived | contracts.OrderPaid)
    )


def refunded_minor(events: list[Event]) -> int:
    return sum(event.amount_minor for event in events if isinstance(event, contracts.RefundPaid))
