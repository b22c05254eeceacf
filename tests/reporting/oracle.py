"""A second, slow opinion on every figure: entries in a ledger, added up one by one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from services.reporting.domain.reasons import REASONS
from shared.contracts import orders, orders_cases
from shared.contracts.envelope import Event
from tests.reporting.oracle_handling import handled

QUARTER = timedelta(minutes=15)


@cache
def day_starts(day: date, timezone: str, day_start: int) -> datetime:
    """Search quarter by quarter for the first instant at which the local clock has come so far."""
    wall = datetime.combine(day, time(day_start))
    instant = datetime.combine(day, time(), UTC) - timedelta(hours=16)
    while instant.astimezone(ZoneInfo(timezone)).replace(tzinfo=None) < wall:
        instant += QUARTER
    return instant


@cache
def day_of(instant: datetime, timezone: str, day_start: int) -> date:
    day = instant.date() + timedelta(days=2)
    while day_starts(day, timezone, day_start) > instant:
        day -= timedelta(days=1)
    return day


@cache
def hour_of(instant: datetime, timezone: str) -> datetime:
    """Go back quarter by quarter while the local clock shows the same hour by the same offset."""

    def shown(at: datetime) -> tuple[str, timedelta | None]:
        local = at.astimezone(ZoneInfo(timezone))
        return local.strftime("%Y-%m-%d %H"), local.utcoffset()

    first = datetime.fromtimestamp(instant.timestamp() // 900 * 900, UTC)
    while shown(first - QUARTER) == shown(instant):
        first -= QUARTER
    return first


@dataclass(frozen=True)
class Entry:
    """One quantity of one fact; `sku` is None where the entry speaks of the whole order.

    `reason` is that of a refund or an after-sale case.
    """

    store_id: str
    measure: str
    value: int
    own_day: date
    order_day: date
    own_hour: datetime
    order_hour: datetime
    province: str
    buyer: str | None
    sku: str | None
    reason: str | None


def ledger(events: Sequence[Event]) -> list[Entry]:
    return [entry for event in events for entry in _entries(event)]


def _entries(event: Any) -> Iterator[Entry]:
    at = getattr(event, "paid_at", None) if event.type.endswith("corrected.v1") else None
    is_placing = isinstance(event, orders.OrderPlaced | orders.OrderAmended)
    at = event.placed_at if is_placing else at or event.occurred_at
    zone = event.timezone, event.day_start
    kind = getattr(event, "reason_kind", None)
    reason = kind if kind is None or kind in REASONS else "other"
    for measure, value, sku, province in _facts(event):
        yield Entry(
            event.store_id, measure, value, day_of(at, *zone), day_of(event.placed_at, *zone),
            hour_of(at, zone[0]), hour_of(event.placed_at, zone[0]), province or "",
            event.buyer_key, sku, reason,
        )  # fmt: skip


Fact = tuple[str, int, str | None, str | None]


def _facts(event: Any) -> Iterator[Fact]:
    yield from ((measure, value, None, event.province) for measure, value in handled(event))
    match event:
        case orders.OrderPlaced():
            yield from _placed(event.lines, event.total_minor, 1, event.province)
        case orders.OrderAmended():
            yield from _placed(event.lines, event.total_minor, 1, event.province)
            old = event.previous_lines, event.previous_total_minor
            yield from _placed(*old, -1, event.previous_province)
        case orders.PaymentReceived():
            yield from _money("paid_minor", event.payment_minor, [], event.province)
        case orders.OrderPaid():
            yield from _money("paid_minor", event.payment_minor, event.lines, event.province)
            yield from _counts("paid", event, 1)
        case orders.PaymentCorrected():
            lines = event.lines if event.completes else []
            yield from _money(
                "paid_minor", event.difference_minor, lines, event.province, event.completes
            )
            yield from _counts("paid", event, event.completes)
        case orders.RefundPaid():
            yield from _refunded(event)
        case orders_cases.AfterSaleOpened():
            yield from _case(event)
        case _:
            yield from (
                (measure, 1, None, event.province)
                for kind, measure in _STEPS
                if isinstance(event, kind) and getattr(event, "is_complete", True)
            )


_STEPS = (
    (orders.OrderShipped, "orders_shipped"),
    (orders.OrderDelivered, "orders_delivered"),
    (orders.OrderCompleted, "orders_completed"),
    (orders.OrderCancelled, "orders_cancelled"),
    (orders.RefundRequested, "refunds_requested"),
    (orders.RefundApproved, "refunds_approved"),
)


def _placed(lines: Any, total: int, sign: int, province: str | None) -> Iterator[Fact]:
    yield "orders_placed", sign, None, province
    yield from _money("placed_minor", sign * total, lines, province, sign)
    yield from _pieces("units_placed", "orders_placed", lines, sign, province)


def _counts(kind: str, event: Any, sign: int) -> Iterator[Fact]:
    yield f"orders_{kind}", sign, None, event.province
    yield from _pieces(f"units_{kind}", f"orders_{kind}", event.lines, sign, event.province)
    if event.buyer_key is None:
        yield "orders_without_buyer", sign, None, event.province
    if not event.lines:
        yield "orders_without_lines", sign, None, event.province


def _money(
    measure: str, total: int, lines: Any, province: str | None, sign: int = 1
) -> Iterator[Fact]:
    yield measure, total, None, province
    sold = [line for line in lines if not getattr(line, "is_gift", False)]
    for line in sold:
        yield measure, sign * line.amount_minor, line.sku or "", province
    yield measure, total - sign * sum(line.amount_minor for line in sold), "", province


def _pieces(units: str, count: str, lines: Any, sign: int, province: str | None) -> Iterator[Fact]:
    sold = [line for line in lines if not getattr(line, "is_gift", False)]
    for line in sold:
        yield units, sign * line.quantity, None, province
        yield units, sign * line.quantity, line.sku or "", province
    for sku in {line.sku or "" for line in sold} if lines else {""}:
        yield count, sign, sku, province


def _refunded(event: Any) -> Iterator[Fact]:
    yield "refunds_paid", 1, None, event.province
    for sku in {None, *({line.sku or "" for line in event.lines} or {""})}:
        yield "refunds_with_return", int(event.with_return), sku, event.province
    yield from _money("refunded_minor", event.amount_minor, event.lines, event.province)
    yield from _pieces("units_refunded", "refunds_paid", event.lines, 1, event.province)


def _case(event: Any) -> Iterator[Fact]:
    kind = {"return": "returns", "exchange": "exchanges", "repair": "repairs"}.get(event.kind)
    for sku in {None, *({line.sku or "" for line in event.lines} or {""})}:
        units = sum(line.quantity for line in event.lines if sku in {None, line.sku or ""})
        yield "cases_opened", 1, sku, event.province
        yield f"{kind}_opened", 1, sku, event.province
        yield "cases_for_quality", int(event.is_quality_fault), sku, event.province
        yield "units_in_cases", units, sku, event.province


def total(
    entries: Sequence[Entry], measure: str, where: Callable[[Entry], bool], sku: str | None = None
) -> int:
    """Add up a measure over the entries that a condition takes."""
    return sum(e.value for e in entries if e.measure == measure and e.sku == sku and where(e))
