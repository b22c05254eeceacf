"""Reservations as they are asked for and shown."""

from typing import Annotated

from pydantic import BaseModel, Field

from services.inventory.domain.reservations import Checkout, Reservation, Wanted
from services.inventory.schemas.parts import Quantity, Shown, StockBody, Word
from shared.web.bodies import Instant, StoreId


class NewReservedLine(StockBody):
    """Pieces of a SKU; lines are numbered from 1 in their order."""

    sku: Word
    quantity: Quantity


class NewReservation(StockBody):
    """What a checkout wants set aside: all of it or nothing.

    `external_id` is the number that the order will have: it makes the request safe to repeat, and
    the order takes over what is set aside when it comes. `expires_at` is the store's setting after
    now where it is not told; a campaign's is shorter.
    """

    store_id: StoreId
    external_id: Word
    lines: Annotated[list[NewReservedLine], Field(min_length=1, max_length=100)]
    expires_at: Instant | None = None
    is_campaign: bool = False


class ReservedPartView(BaseModel):
    """Where pieces of a line are set aside, and how many left."""

    warehouse_id: str
    sku: str
    open: int
    issued: int


class ReservedLineView(BaseModel):
    """A line of a reservation; a bundle's parts are its components."""

    line_no: int
    sku: str
    quantity: int
    parts: list[ReservedPartView]


class ShortLineView(BaseModel):
    """A line that could not be served."""

    line_no: int
    sku: str
    wanted: int
    available: int


class ReservationView(BaseModel):
    """A reservation: held, confirmed, rejected, released or issued."""

    reservation_id: str
    store_id: str
    order_id: str | None
    case_id: str | None
    external_id: str | None
    status: str
    reserve_on: str
    lines: list[ReservedLineView]
    short: list[ShortLineView]
    reason: str | None
    expires_at: Shown | None


class ReservationAnswer(BaseModel):
    """A reservation after a request, and what the request did."""

    reservation: ReservationView
    outcome: str


class UntrackedView(BaseModel):
    """A code that orders name and that is no SKU here, with how much of it was ordered."""

    store_id: str
    sku: str
    orders: int
    pieces: int
    first_at: Shown
    last_at: Shown
    last_order_id: str


def reservation_view(reservation: Reservation) -> ReservationView:
    """Return a reservation as it is shown."""
    return ReservationView(
        reservation_id=reservation.reservation_id,
        store_id=reservation.store_id,
        order_id=reservation.order_id,
        case_id=reservation.case_id,
        external_id=reservation.external_id,
        status=reservation.status.value,
        reserve_on=reservation.reserve_on,
        lines=[
            ReservedLineView(
                line_no=line.line_no,
                sku=line.sku,
                quantity=line.quantity,
                parts=[
                    ReservedPartView(
                        warehouse_id=part.warehouse_id,
                        sku=part.sku,
                        open=part.open,
                        issued=part.issued,
                    )
                    for part in line.parts
                ],
            )
            for line in reservation.lines
        ],
        short=[
            ShortLineView(
                line_no=each.line_no, sku=each.sku, wanted=each.wanted, available=each.available
            )
            for each in reservation.short
        ],
        reason=reservation.reason,
        expires_at=reservation.expires_at,
    )


def checkout_of(body: NewReservation) -> Checkout:
    """Return what a checkout wants."""
    wanted = tuple(
        Wanted(place, line.sku, line.quantity) for place, line in enumerate(body.lines, start=1)
    )
    return Checkout(body.store_id, body.external_id, wanted, body.expires_at, body.is_campaign)
