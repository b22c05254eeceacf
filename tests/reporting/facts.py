"""Plain orders with known amounts, for tests that read their figures off."""

from datetime import datetime, timedelta
from typing import Any

from shared.contracts.envelope import Event
from shared.contracts.orders import (
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    RefundLine,
    RefundPaid,
    RefundRequested,
)
from shared.contracts.orders_cases import AfterSaleOpened, CaseLine, ProblemOpened
from tests.reporting.lives import STORES


def an_order(
    store_id: str = "tokyo",
    number: int = 1,
    *,
    placed_at: datetime | None = None,
    paid_at: datetime | None = None,
    **values: Any,
) -> list[Event]:
    """An order of two pieces of SKU A for 100.00 (yen: 10,000), paid at once unless said later.

    `paid_at` equal to `NEVER` leaves it unpaid.
    """
    calendar, currency, moment = STORES[store_id]
    placed = placed_at or moment
    order = {
        "store_id": store_id, "timezone": calendar.timezone, "day_start": calendar.day_start,
        "currency": currency, "order_id": f"o{number}", "external_id": str(number),
        "placed_at": placed, "buyer_key": f"buyer {number}", "province": "浙江省",
        **values,
    }  # fmt: skip
    lines = order.pop("lines", [OrderLine(line_no=1, sku="A", quantity=2, amount_minor=10_000)])
    total = sum(line.amount_minor for line in lines) if lines else 10_000
    money: dict[str, Any] = {
        "lines": lines, "postage_minor": 0, "discount_minor": 0, "total_minor": total,
    }  # fmt: skip
    events: list[Event] = [OrderPlaced(occurred_at=placed, **order, **money)]
    if paid_at is not NEVER:
        paid = OrderPaid(
            occurred_at=paid_at or placed, payment_id="p", payment_minor=total, paid_minor=total,
            **order, **money,
        )  # fmt: skip
        events.append(paid)
    return events


def a_refund(paid: Event, at: datetime, minor: int) -> RefundPaid:
    """Money of a paid order that went back."""
    assert isinstance(paid, OrderPaid)
    order = {name: getattr(paid, name) for name in _ORDER}
    line = RefundLine(line_no=1, sku="A", quantity=1, amount_minor=minor)
    return RefundPaid(
        occurred_at=at, refund_id="r", amount_minor=minor, postage_minor=0, lines=[line],
        reason="", with_return=True, refunded_minor=minor, paid_at=paid.occurred_at, **order,
    )  # fmt: skip


def a_case(of: Event, at: datetime, **values: Any) -> AfterSaleOpened:
    """A piece of an order that its buyer wants to give back, for it does not fit."""
    order = {name: getattr(of, name) for name in _ORDER}
    line = CaseLine(line_no=1, sku="A", quantity=1)
    facts = {
        "case_id": "c", "kind": "return", "lines": [line], "reason_kind": "wrong_size",
        "responsible": "buyer", "is_quality_fault": False, "opened_at": at, **values,
    }  # fmt: skip
    return AfterSaleOpened(occurred_at=at, **order, **facts)


def a_problem(of: Event, at: datetime) -> ProblemOpened:
    """An order whose address is wrong."""
    order = {name: getattr(of, name) for name in _ORDER}
    return ProblemOpened(
        occurred_at=at, problem_id="p", kind="address", opened_at=at, lines=[],
        due_at=at + timedelta(days=1), **order,
    )  # fmt: skip


def asked_back(of: Event, at: datetime, minor: int = 500) -> RefundRequested:
    """Money that a buyer wants back, for the size is wrong."""
    order = {name: getattr(of, name) for name in _ORDER}
    return RefundRequested(
        occurred_at=at, refund_id="r", amount_minor=minor, postage_minor=0, lines=[], reason="",
        with_return=False, reason_kind="wrong_size", **order,
    )  # fmt: skip


def a_parcel(of: Event, at: datetime, **values: Any) -> OrderShipped:
    """The parcel that leaves nothing of an order behind."""
    order = {name: getattr(of, name) for name in _ORDER}
    facts = {
        "shipment_id": "s", "courier": "SF", "waybill": "1", "lines": [], "is_complete": True,
        **values,
    }  # fmt: skip
    return OrderShipped(occurred_at=at, **order, **facts)


_ORDER = (
    "store_id", "timezone", "day_start", "currency", "order_id", "external_id", "placed_at",
    "buyer_key", "province",
)  # fmt: skip
NEVER = datetime.max  # noqa: DTZ901 - a mark, compared by identity only
