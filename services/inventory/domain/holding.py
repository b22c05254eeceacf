"""Pieces are set aside, confirmed and freed: the promises of stock, and rows of the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.inventory.domain.desk import Desk, allocate
from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.movements import Entry, Kind, Origin
from services.inventory.domain.reservations import (
    Fact,
    FactKind,
    HeldLine,
    Piece,
    Reservation,
    Status,
    Wanted,
    open_pieces,
)

AMENDED = "amended"
CANCELLED = "cancelled"
EXHAUSTED = "exhausted"
EXPIRED = "expired"
REFUNDED = "refunded"
UNPAID = "unpaid"


def reserve(
    desk: Desk,
    reservation: Reservation,
    wanted: Sequence[Wanted],
    at: datetime,
    *,
    expires_at: datetime | None,
    reason: str = EXHAUSTED,
) -> bool:
    """Set all of it aside, or nothing, and say which; `reason` is given where it falls short.

    What expires is held, what does not is confirmed.
    """
    reservation.wanted = list(wanted)
    lines, reservation.short = allocate(desk, reservation.store_id, wanted)
    issued = [line for line in reservation.lines if any(part.issued for part in line.parts)]
    if reservation.short:
        reservation.status, reservation.reason = Status.REJECTED, reason
        reservation.expires_at, reservation.lines = None, issued
        desk.facts.append(fact_of(reservation, FactKind.REJECTED, at, reason=reason))
        return False
    origin = _origin(reservation, at)
    for line in lines:
        line.is_aside = desk.shelf.take_aside(reservation.store_id, line.sku, line.quantity)
        desk.shelf.put([_promise(Kind.RESERVE, part.sku, part.warehouse_id, part.open, origin)
                        for part in line.parts])  # fmt: skip
    reservation.lines = [*issued, *lines]
    reservation.reason, reservation.expires_at = None, expires_at
    reservation.status = Status.CONFIRMED if expires_at is None else Status.HELD
    desk.facts.append(fact_of(reservation, FactKind.RESERVED, at, open_pieces(lines)))
    return True


def release(
    desk: Desk,
    reservation: Reservation,
    at: datetime,
    reason: str,
    *,
    only: Mapping[int, int] | None = None,
) -> None:
    """Free what is set aside, or so many pieces of the lines in `only`, and say so."""
    desk.touch(reservation)
    origin = _origin(reservation, at)
    freed: list[Piece] = []
    for line in reservation.lines:
        pieces = line.quantity - line.issued if only is None else only.get(line.line_no, 0)
        freed += _free(desk, reservation, line, pieces, origin)
    if not reservation.has_open:
        reservation.status = Status.ISSUED if reservation.has_issued else Status.RELEASED
        reservation.reason, reservation.expires_at = reason, None
    if freed:
        is_whole = not reservation.has_open
        told = fact_of(reservation, FactKind.RELEASED, at, freed, reason=reason, is_whole=is_whole)
        desk.facts.append(told)


def expire(desk: Desk, reservation: Reservation, now: datetime) -> bool:
    """Free what was not paid in time; one that was paid meanwhile stays. Return whether it did."""
    if reservation.status is not Status.HELD or reservation.expires_at is None:
        return False
    if reservation.expires_at > now:
        return False
    release(desk, reservation, now, EXPIRED)
    return True


def confirm(desk: Desk, reservation: Reservation, at: datetime) -> None:
    """Let what is set aside expire no more: it is paid."""
    desk.touch(reservation).status = Status.CONFIRMED
    reservation.expires_at = None
    desk.facts.append(fact_of(reservation, FactKind.CONFIRMED, at))


def _free(
    desk: Desk, reservation: Reservation, line: HeldLine, pieces: int, origin: Origin
) -> list[Piece]:
    freed: list[Piece] = []
    pieces = min(pieces, line.quantity - line.issued)
    for component in line.recipe:
        wanted = component.quantity * pieces
        for part in line.parts:
            taken = min(part.open, wanted) if part.sku == component.sku else 0
            if taken:
                part.open -= taken
                wanted -= taken
                desk.shelf.put(
                    [_promise(Kind.RELEASE, part.sku, part.warehouse_id, -taken, origin)]
                )
                freed.append(Piece(line.line_no, part.sku, part.warehouse_id, taken))
    if freed:
        line.quantity -= pieces
    if freed and line.is_aside:
        desk.shelf.take_aside(reservation.store_id, line.sku, -pieces)
    return freed


def _origin(reservation: Reservation, at: datetime) -> Origin:
    return Origin(
        occurred_at=at,
        caller="inventory",
        store_id=reservation.store_id,
        order_id=reservation.order_id,
        reservation_id=reservation.reservation_id,
    )


def _promise(kind: Kind, sku: str, warehouse_id: str, quantity: int, origin: Origin) -> Entry:
    return Entry(
        kind=kind,
        bucket=Bucket.RESERVED,
        key=Key(warehouse_id, sku),
        quantity=quantity,
        origin=origin,
    )


def fact_of(
    reservation: Reservation,
    kind: FactKind,
    at: datetime,
    lines: Sequence[Piece] = (),
    *,
    reason: str = "",
    is_whole: bool = True,
) -> Fact:
    """Return what happened to a reservation, as it stands."""
    return Fact(
        kind=kind,
        at=at,
        store_id=reservation.store_id,
        reservation_id=reservation.reservation_id,
        order_id=reservation.order_id,
        case_id=reservation.case_id,
        lines=lines,
        short=tuple(reservation.short) if kind is FactKind.REJECTED else (),
        reason=reason,
        reserve_on=reservation.reserve_on,
        expires_at=reservation.expires_at,
        is_whole=is_whole,
    )
