"""Disputes as events."""

from services.orders.domain.disputes import Dispute
from services.orders.domain.order import Order
from services.orders.messages.repeated import Common, common_of
from shared.contracts.orders_cases import DisputeClosed, DisputeOpened
from shared.kernel.buckets import StoreCalendar


def opened(order: Order, dispute: Dispute, calendar: StoreCalendar) -> DisputeOpened:
    """Return the event of a dispute that was opened."""
    return DisputeOpened(
        **_told(order, dispute, calendar),
        occurred_at=dispute.opened_at,
        answer_by=dispute.answer_by,
    )


def closed(order: Order, dispute: Dispute, calendar: StoreCalendar) -> DisputeClosed:
    """Return the event of a dispute that was ruled on."""
    return DisputeClosed(
        **_told(order, dispute, calendar),
        occurred_at=dispute.closed_at or dispute.opened_at,
        ruling=dispute.ruling or "",
    )


def _told(order: Order, dispute: Dispute, calendar: StoreCalendar) -> Common:
    return {
        **common_of(order, calendar),
        "dispute_id": dispute.dispute_id,
        "kind": dispute.kind,
        "amount_minor": dispute.amount_minor,
        "opened_at": dispute.opened_at,
        "refund_id": dispute.refund_id,
    }
