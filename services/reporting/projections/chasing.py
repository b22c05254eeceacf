"""Unpaid orders: those that were to be chased, and the chases that brought money."""

from services.reporting.projections.handling import handle, place_of
from services.reporting.projections.sums import Sums
from shared.contracts.orders_steps import ChaseWon, PaymentOverdue

_TO_CHASE = place_of("orders_to_chase")
_MINOR = place_of("to_chase_minor")
_OPEN = place_of("orders_open_to_chase")
_WON = place_of("chases_won")
_WON_MINOR = place_of("chased_minor")


def count_unpaid(sums: Sums, event: PaymentOverdue) -> None:
    """Count an order as unpaid: at first with its owner (12 h), then open to all (24 h)."""
    if event.level == "owner":
        handle(sums, event, (_TO_CHASE, 1), (_MINOR, event.total_minor))
    elif event.level == "open":
        handle(sums, event, (_OPEN, 1))


def count_won_chase(sums: Sums, event: ChaseWon) -> None:
    """Count a chased buyer who paid, and how much."""
    handle(sums, event, (_WON, 1), (_WON_MINOR, event.paid_minor))
