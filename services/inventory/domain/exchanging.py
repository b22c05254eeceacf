"""Goods are set aside for an exchange: what is sent instead of what comes back."""

from dataclasses import dataclass
from datetime import datetime

from services.inventory.domain.desk import Desk
from services.inventory.domain.holding import CANCELLED, release, reserve
from services.inventory.domain.reservations import PAID, Reservation, Wanted


@dataclass(frozen=True, slots=True)
class Exchange:
    """An exchange that was agreed on, and what is to be sent."""

    store_id: str
    order_id: str
    case_id: str
    at: datetime
    wanted: tuple[Wanted, ...]


def agree_exchange(desk: Desk, exchange: Exchange) -> None:
    """Set aside what an exchange will send, once; it expires with its case only."""
    wanted = desk.tracked(exchange.wanted)
    if not wanted or desk.of_order(exchange.order_id, exchange.case_id) is not None:
        return
    reservation = desk.add(
        Reservation(
            reservation_id=f"rsv_{exchange.case_id}",
            store_id=exchange.store_id,
            order_id=exchange.order_id,
            case_id=exchange.case_id,
            reserve_on=PAID,
            is_paid=True,
        )
    )
    reserve(desk, reservation, wanted, exchange.at, expires_at=None)


def end_exchange(desk: Desk, *, order_id: str, case_id: str, at: datetime) -> None:
    """Free what an exchange did not send."""
    found = desk.of_order(order_id, case_id)
    if found is not None and found.has_open:
        release(desk, found, at, CANCELLED)
