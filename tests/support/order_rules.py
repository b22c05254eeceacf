"""Orders for tests of the rules: minutes after a fixed moment, 68.00 in all."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.directory.thresholds.catalogue import effective
from services.orders.domain.changes import Changes
from services.orders.domain.order import Incoming, Order
from services.orders.domain.parts import Buyer, Line, Payment, Refund, Shipment
from services.orders.domain.reconciling import Outcome, reconcile
from shared.kernel.buckets import StoreCalendar
from shared.registry.stores import Store

T0 = datetime(2026, 11, 20, 12, tzinfo=UTC)
ORDER_ID = "ord_" + "0" * 32


def a_store(**settings: Any) -> Store:
    """The store of these orders; settings by their names after `orders.`."""
    told = {f"orders.{name}": value for name, value in settings.items()}
    calendar = StoreCalendar("Asia/Shanghai")
    return Store(
        "s1", "Tea", "tmall", calendar, "CNY", (), is_open=True, settings={**effective({}), **told}
    )


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


def a_line(line_no: int = 1, quantity: int = 2, amount: int = 5000, **values: Any) -> Line:
    return Line(
        line_no=line_no,
        sku=f"sku-{line_no}",
        name=None,
        quantity=quantity,
        unit_price=Decimal(amount) / quantity / 100,
        discount_minor=0,
        amount_minor=amount,
        **values,
    )


def an_incoming(**values: Any) -> Incoming:
    """Two lines of 50.00 and 10.00, postage 8.00: 68.00."""
    lines = values.pop("lines", [a_line(1), a_line(2, 1, 1000)])
    postage = values.get("postage_minor", 800)
    return Incoming(
        **{
            "store_id": "s1",
            "external_id": "A-1",
            "kind": "normal",
            "currency": "CNY",
            "placed_at": T0,
            "lines": lines,
            "postage_minor": postage,
            "discount_minor": 0,
            "total_minor": sum(line.amount_minor for line in lines) + postage,
            "buyer": Buyer(),
            "agent": None,
            "payments": [],
            "shipments": [],
            "refunds": [],
            **values,
        }
    )


def a_payment(amount: int = 6800, external_id: str = "1", minutes: int = 5) -> Payment:
    return Payment(external_id, amount, amount, at(minutes))


def a_parcel(external_id: str = "1", lines: Any = None, minutes: int = 60) -> Shipment:
    return Shipment(external_id, "SF", f"SF-{external_id}", at(minutes), lines)


def a_refund(amount: int = 1000, external_id: str = "1", **values: Any) -> Refund:
    return Refund(external_id, amount, at(600), **values)


def take(incoming: Incoming, stored: Order | None = None) -> tuple[Outcome, Changes]:
    return reconcile(stored, incoming, order_id=ORDER_ID, now=at(1000))


def an_order(**values: Any) -> Order:
    return take(an_incoming(**values))[1].order


def a_paid_order(**values: Any) -> Order:
    return an_order(payments=[a_payment()], **values)


def changing(order: Order, *, is_history: bool = False) -> Changes:
    return Changes(order.copy(), is_new=False, is_history=is_history)


def kinds(changes: Changes) -> list[str]:
    return [type(fact).__name__ for fact in changes.facts]
