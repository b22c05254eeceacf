"""What an order's life does to the stock that is set aside for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.inventory.domain.desk import Desk, allocate
from services.inventory.domain.holding import (
    AMENDED,
    EXPIRED,
    REFUNDED,
    UNPAID,
    confirm,
    fact_of,
    release,
    reserve,
)
from services.inventory.domain.reservations import (
    OPEN,
    PAID,
    PLACED,
    FactKind,
    Reservation,
    Status,
    Wanted,
    open_pieces,
)

_LAPSED = frozenset({EXPIRED, UNPAID})


@dataclass(frozen=True, slots=True)
class Rules:
    """A store's settings: when stock is reserved, and how long for whom does not pay."""

    reserve_on: str = PLACED
    hold: timedelta = timedelta(hours=72)
    campaign_hold: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an order says of itself; `is_cod` is paid at receipt, so it waits for no payment."""

    store_id: str
    at: datetime
    rules: Rules
    wanted: Sequence[Wanted]
    order_id: str
    external_id: str | None = None
    is_campaign: bool = False
    is_cod: bool = False
    is_paid: bool = False

    @property
    def expires_at(self) -> datetime | None:
        """When what is set aside falls back, unless it is paid."""
        if self.is_cod:
            return None
        return self.at + (self.rules.campaign_hold if self.is_campaign else self.rules.hold)


def place(desk: Desk, asked: Asked) -> None:
    """Set stock aside for an order that was placed, if one of its listings asks for that.

    What a checkout has set aside under the order's number becomes the order's.
    """
    if desk.of_order(asked.order_id) is not None:
        return
    wanted = desk.tracked(asked.wanted)
    checkout = desk.of_checkout(asked.store_id, asked.external_id)
    if checkout is not None and checkout.order_id is None and checkout.status in OPEN:
        _adopt(desk, checkout, asked, wanted)
        return
    if wanted and _is_due(desk, asked, wanted):
        reservation = desk.add(_new(asked, PLACED))
        reserve(desk, reservation, wanted, asked.at, expires_at=asked.expires_at)


def pay(desk: Desk, asked: Asked) -> None:
    """Confirm what is set aside for an order that was paid, or set it aside now.

    What expired is set aside anew if it is still there; else the order is rejected for it.
    """
    found = desk.of_order(asked.order_id)
    if found is None:
        wanted = desk.tracked(asked.wanted)
        if wanted:
            found = desk.add(_new(asked, PAID))
            found.is_paid = True
            reserve(desk, found, wanted, asked.at, expires_at=None)
        return
    desk.touch(found).is_paid = True
    if found.status is Status.HELD:
        confirm(desk, found, asked.at)
    elif found.status is Status.REJECTED:
        reserve(desk, desk.touch(found), found.wanted, asked.at, expires_at=None)
    elif found.status is Status.RELEASED and found.reason in _LAPSED:
        reserve(desk, desk.touch(found), found.wanted, asked.at, expires_at=None, reason=EXPIRED)


def retry(desk: Desk, found: Reservation, at: datetime) -> bool:
    """Set aside for a paid order what it fell short of, if it is there by now; else say nothing."""
    if found.status is not Status.REJECTED or not found.is_paid or not found.wanted:
        return False
    desk.touch(found)
    _, found.short = allocate(desk, found.store_id, found.wanted)
    return not found.short and reserve(desk, found, found.wanted, at, expires_at=None)


def unpay(desk: Desk, asked: Asked) -> None:
    """Let what is set aside expire again: the order's payment was taken back."""
    found = desk.of_order(asked.order_id)
    if found is None:
        return
    desk.touch(found).is_paid = False
    if found.status is not Status.CONFIRMED or not found.has_open:
        return
    found.status = Status.HELD
    found.expires_at = asked.expires_at
    desk.facts.append(fact_of(found, FactKind.RESERVED, asked.at, open_pieces(found.lines)))


def amend(desk: Desk, asked: Asked) -> None:
    """Set aside what an order wants by now; what it wanted before is free at the same moment."""
    found = desk.of_order(asked.order_id)
    if found is None:
        (pay if asked.is_paid else place)(desk, asked)
        return
    wanted = desk.tracked(asked.wanted)
    if wanted == found.wanted or found.status in {Status.RELEASED, Status.ISSUED}:
        return
    until = None if found.is_paid else found.expires_at or asked.expires_at
    if found.has_open:
        release(desk, found, asked.at, AMENDED)
    desk.touch(found)
    rest = [
        Wanted(line.line_no, line.sku, line.quantity - found.issued_of(line)) for line in wanted
    ]
    held = [line for line in rest if line.quantity > 0]
    if held:
        reserve(desk, found, held, asked.at, expires_at=until)
    found.wanted = wanted


def cancel(desk: Desk, order_id: str, at: datetime, reason: str) -> None:
    """Free what is set aside for an order that will not be fulfilled, but not what left."""
    found = desk.of_order(order_id)
    if found is None or found.status in {Status.RELEASED, Status.ISSUED}:
        return
    if found.has_open:
        release(desk, found, at, reason)
    desk.touch(found).status = Status.ISSUED if found.has_issued else Status.RELEASED
    found.reason, found.expires_at = reason, None


def refund(
    desk: Desk, order_id: str, at: datetime, refund_id: str, unshipped: Mapping[int, int]
) -> None:
    """Free the pieces of an order that were refunded before they left, once for each refund."""
    found = desk.of_order(order_id)
    if found is None or refund_id in found.refunds or not any(unshipped.values()):
        return
    desk.touch(found).refunds.append(refund_id)
    if found.status in OPEN:
        release(desk, found, at, REFUNDED, only=unshipped)
    rest = (
        Wanted(line.line_no, line.sku, line.quantity - unshipped.get(line.line_no, 0))
        for line in found.wanted
    )
    found.wanted = [line for line in rest if line.quantity > 0]
    if found.status is Status.REJECTED and not found.wanted:
        found.status, found.reason = Status.RELEASED, REFUNDED


def _adopt(desk: Desk, checkout: Reservation, asked: Asked, wanted: Sequence[Wanted]) -> None:
    desk.touch(checkout).order_id = asked.order_id
    desk.know(checkout)
    if _sums(checkout.wanted) != _sums(wanted):
        amend(desk, asked)
        return
    if checkout.status is Status.HELD:
        checkout.expires_at = asked.expires_at
    desk.facts.append(fact_of(checkout, FactKind.RESERVED, asked.at, open_pieces(checkout.lines)))


def _sums(wanted: Iterable[Wanted]) -> list[tuple[int, str, int]]:
    return sorted((line.line_no, line.sku, line.quantity) for line in wanted)


def _is_due(desk: Desk, asked: Asked, wanted: Iterable[Wanted]) -> bool:
    """Say whether stock is set aside at placing: one line that asks for it decides for all."""
    if asked.is_cod:
        return True
    shelf, store_id = desk.shelf, asked.store_id
    terms = (shelf.terms.get(line.sku, {}).get(store_id) for line in wanted)
    words = [None if each is None else each.reserve_on for each in terms]
    return PLACED in {word or asked.rules.reserve_on for word in words}


def _new(asked: Asked, reserve_on: str) -> Reservation:
    return Reservation(
        reservation_id=f"rsv_{asked.order_id}",
        store_id=asked.store_id,
        order_id=asked.order_id,
        reserve_on=reserve_on,
    )
