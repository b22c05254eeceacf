"""What happens to reservations, as the events that orders hears."""

from collections.abc import Mapping
from typing import TypedDict

from services.inventory.domain.reservations import Fact, FactKind
from shared.contracts.inventory_reservations import (
    IssuedLine,
    ReservationConfirmed,
    ReservationEvent,
    ReservedLine,
    ShortLine,
    StockIssued,
    StockRejected,
    StockReleased,
    StockReserved,
)
from shared.kernel.buckets import StoreCalendar


class _Common(TypedDict):
    store_id: str
    timezone: str
    day_start: int
    reservation_id: str
    order_id: str | None
    case_id: str | None


def told(
    fact: Fact, calendars: Mapping[str, StoreCalendar], currency: str
) -> ReservationEvent | StockIssued:
    """Return the event of a fact; `currency` is that of what left cost."""
    calendar = calendars[fact.store_id]
    if fact.kind is FactKind.ISSUED:
        return _issued(fact, calendar, currency)
    common: _Common = {
        "store_id": fact.store_id,
        "timezone": calendar.timezone,
        "day_start": calendar.day_start,
        "reservation_id": fact.reservation_id or "",
        "order_id": fact.order_id,
        "case_id": fact.case_id,
    }
    lines = _reserved(fact)
    if fact.kind is FactKind.RESERVED:
        return StockReserved(
            **common,
            occurred_at=fact.at,
            lines=lines,
            reserve_on=fact.reserve_on,
            expires_at=fact.expires_at,
        )
    if fact.kind is FactKind.CONFIRMED:
        return ReservationConfirmed(**common, occurred_at=fact.at)
    if fact.kind is FactKind.RELEASED:
        return StockReleased(
            **common,
            occurred_at=fact.at,
            reason=fact.reason,
            lines=lines,
            is_whole=fact.is_whole,
        )
    return StockRejected(**common, occurred_at=fact.at, reason=fact.reason, lines=_short(fact))


def _reserved(fact: Fact) -> list[ReservedLine]:
    return [
        ReservedLine(
            line_no=each.line_no,
            sku=each.sku,
            warehouse_id=each.warehouse_id,
            quantity=each.quantity,
        )
        for each in fact.lines
    ]


def _short(fact: Fact) -> list[ShortLine]:
    return [
        ShortLine(line_no=each.line_no, sku=each.sku, wanted=each.wanted, available=each.available)
        for each in fact.short
    ]


def _issued(fact: Fact, calendar: StoreCalendar, currency: str) -> StockIssued:
    return StockIssued(
        occurred_at=fact.at,
        store_id=fact.store_id,
        timezone=calendar.timezone,
        day_start=calendar.day_start,
        order_id=fact.order_id or "",
        shipment_id=fact.shipment_id,
        waybill=fact.waybill,
        lines=[
            IssuedLine(
                line_no=each.line_no,
                sku=each.sku,
                warehouse_id=each.warehouse_id,
                quantity=each.quantity,
                cost_minor=each.cost_minor,
            )
            for each in fact.lines
        ],
        currency=currency,
        case_id=fact.case_id,
    )
