"""A checkout sets stock aside and knows at once; so does whoever confirms or frees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.desk import Desk
from services.inventory.domain.holding import CANCELLED, confirm, expire, release, reserve
from services.inventory.domain.refusals import (
    ReservationDiffersError,
    ReservationOverError,
    ReservationUnknownError,
    SkuUnknownError,
    StockShortError,
)
from services.inventory.domain.reservations import OPEN, Checkout, Reservation, Status, Wanted
from services.inventory.domain.reserving import Rules
from services.inventory.repository.reservations import find_reservation
from services.inventory.usecases.desks import Needs, close_desk, open_desk
from shared.kernel.clock import utc_now
from shared.kernel.ids import new_id
from shared.kernel.refusals import Refusal
from shared.web.callers import Caller


@dataclass(frozen=True, slots=True)
class Reserved:
    """What became of a checkout: created or unchanged with its reservation, or why not."""

    outcome: str | None = None
    reservation: Reservation | None = None
    refusal: Refusal | None = None


async def reserve_checkouts(
    session: AsyncSession, checkouts: Sequence[Checkout], *, now: datetime
) -> list[Reserved]:
    """Set stock aside for checkouts, in their order, each under another number.

    The stores are known. What falls short is refused and leaves nothing behind; so one that fell
    short can be tried again under its number. The number of statements does not grow with theirs.
    Raises `StoreUnknownError`, `StockBusyError`.
    """
    needs = Needs(
        skus={(each.store_id, line.sku) for each in checkouts for line in each.wanted},
        checkouts={(each.store_id, each.external_id) for each in checkouts},
    )
    opened = await open_desk(session, needs)
    done = [_reserve(opened.desk, each, opened.rules(each.store_id), now) for each in checkouts]
    await close_desk(session, opened)
    return done


def _reserve(desk: Desk, checkout: Checkout, rules: Rules, now: datetime) -> Reserved:
    try:
        return _try_reserve(desk, checkout, rules, now)
    except Refusal as refusal:
        return Reserved(refusal=refusal)


def _try_reserve(desk: Desk, checkout: Checkout, rules: Rules, now: datetime) -> Reserved:
    wanted = list(checkout.wanted)
    known = desk.of_checkout(checkout.store_id, checkout.external_id)
    if known is not None:
        if known.status not in OPEN:
            detail = "What was set aside under this number is over; take another one."
            raise ReservationOverError(detail, status_now=known.status)
        if known.wanted != wanted:
            detail = "Other lines were set aside under this number."
            raise ReservationDiffersError(detail, pointer="/lines")
        return Reserved("unchanged", known)
    for place, line in enumerate(wanted):
        if line.sku not in desk.skus:
            detail = f"There is no SKU {line.sku}."
            raise SkuUnknownError(detail, pointer=f"/lines/{place}/sku")
    hold = rules.campaign_hold if checkout.is_campaign else rules.hold
    reservation = Reservation(
        reservation_id=new_id("rsv"),
        store_id=checkout.store_id,
        external_id=checkout.external_id,
    )
    return _demand(desk, reservation, wanted, now, checkout.expires_at or now + hold)


def _demand(
    desk: Desk, reservation: Reservation, wanted: list[Wanted], now: datetime, until: datetime
) -> Reserved:
    told = len(desk.facts)
    if not reserve(desk, reservation, wanted, now, expires_at=until):
        del desk.facts[told:]  # the answer says so; nobody else has to hear of it
        short = [
            {"line_no": each.line_no, "sku": each.sku, "wanted": each.wanted,
             "available": each.available}
            for each in reservation.short
        ]  # fmt: skip
        names = ", ".join(each.sku for each in reservation.short)
        raise StockShortError(f"There is not enough of {names}.", lines=short)
    desk.add(reservation)
    return Reserved("created", reservation)


async def confirm_reservation(
    session: AsyncSession, reservation_id: str, *, caller: Caller
) -> tuple[Reservation, str]:
    """Let a reservation expire no more; one that is past its time is not confirmed any more.

    The database's rows decide, under lock: expiry or payment wins, never both. Raises
    `ReservationUnknownError`, `ReservationOverError`.
    """
    await show_reservation(session, reservation_id, caller)
    opened = await open_desk(session, Needs(ids={reservation_id}))
    found = opened.desk.reservations[reservation_id]
    now = utc_now()
    if found.status in {Status.CONFIRMED, Status.ISSUED}:
        return found, "unchanged"
    if expire(opened.desk, found, now) or found.status is not Status.HELD:
        detail = f"This reservation is {found.status} ({found.reason})."
        raise ReservationOverError(detail, status_now=found.status)
    found.is_paid = True
    confirm(opened.desk, found, now)
    await close_desk(session, opened)
    return found, "updated"


async def release_reservation(
    session: AsyncSession, reservation_id: str, *, caller: Caller
) -> tuple[Reservation, str]:
    """Free what is set aside. Raises `ReservationUnknownError`, `ReservationOverError`."""
    await show_reservation(session, reservation_id, caller)
    opened = await open_desk(session, Needs(ids={reservation_id}))
    found = opened.desk.reservations[reservation_id]
    if found.status is Status.RELEASED:
        return found, "unchanged"
    if found.status not in OPEN:
        detail = f"This reservation is {found.status}."
        raise ReservationOverError(detail, status_now=found.status)
    release(opened.desk, found, utc_now(), CANCELLED)
    await close_desk(session, opened)
    return found, "updated"


async def show_reservation(
    session: AsyncSession, reservation_id: str, caller: Caller
) -> Reservation:
    """Return a reservation that is the caller's to see; raises `ReservationUnknownError`."""
    found = await find_reservation(session, reservation_id)
    if found is None or not caller.may_see(found.store_id):
        detail = f"There is no reservation {reservation_id} among your stores."
        raise ReservationUnknownError(detail)
    return found
