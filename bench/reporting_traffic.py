"""Order traffic for measurements: wire bytes of a few stores, SKUs and many buyers."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.orders import (
    OrderDelivered,
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    RefundLine,
    RefundPaid,
    ShippedLine,
)

PROVINCES = [f"province {number}" for number in range(34)]
START = datetime(2026, 6, 1, tzinfo=UTC)


def order_events(
    count: int, *, stores: int = 10, skus: int = 1000, days: int = 3
) -> Iterator[Event]:
    """Yield about `count` events of whole orders: placed, paid, shipped, delivered, refunded."""
    chance = random.Random(7)
    stated = 0
    while stated < count:
        for event in _life(chance, stated, (stores, skus, days)):
            stated += 1
            yield event


def _life(chance: random.Random, number: int, size: tuple[int, int, int]) -> Iterator[Event]:
    stores, skus, days = size
    placed = START + timedelta(seconds=chance.random() * days * 86_400)
    paid = placed + timedelta(seconds=chance.expovariate(1 / 600))
    lines = [
        OrderLine(line_no=n, sku=f"SKU-{int(skus * chance.random() ** 2):05}", quantity=1 + n,
                  amount_minor=chance.randrange(500, 50_000))
        for n in range(chance.choice((1, 1, 2, 3)))
    ]  # fmt: skip
    total = sum(line.amount_minor for line in lines)
    order = {
        "store_id": f"store-{chance.randrange(stores)}", "timezone": "Asia/Shanghai",
        "order_id": f"ord_{number:032x}", "external_id": f"{number:018}", "currency": "CNY",
        "placed_at": placed, "province": chance.choice(PROVINCES),
        "buyer_key": hashlib.sha256(str(chance.randrange(10**7)).encode()).hexdigest(),
    }  # fmt: skip
    money = {"postage_minor": 0, "discount_minor": 0, "total_minor": total, "lines": lines}
    yield OrderPlaced(occurred_at=placed, **order, **money)  # type: ignore[arg-type]
    if chance.random() < 0.15:
        return
    yield OrderPaid(occurred_at=paid, payment_id=f"pay_{number:032x}", payment_minor=total,
                    paid_minor=total, **order, **money)  # type: ignore[arg-type]  # fmt: skip
    sent = [ShippedLine(line_no=x.line_no, sku=x.sku, quantity=x.quantity) for x in lines]
    yield OrderShipped(occurred_at=paid + timedelta(hours=9), shipment_id=f"shp_{number:032x}",
                       courier="SF", waybill=str(number), lines=sent, is_complete=True,
                       **order)  # type: ignore[arg-type]  # fmt: skip
    yield OrderDelivered(occurred_at=paid + timedelta(days=2), **order)  # type: ignore[arg-type]
    if chance.random() < 0.05:
        back = [RefundLine(line_no=0, sku=lines[0].sku, quantity=1, amount_minor=100)]
        yield RefundPaid(occurred_at=paid + timedelta(days=3), refund_id=f"ref_{number:032x}",
                         amount_minor=100, postage_minor=0, lines=back, reason="",
                         refunded_minor=100, with_return=True, **order)  # type: ignore[arg-type]  # fmt: skip


def wire(event: Event, number: int) -> bytes:
    """Return the CloudEvent of an event, as the relay would publish it."""
    return msgspec.json.encode(
        CloudEvent(
            id=f"orders/{number:032x}", source="/orders", type=event.type, time=event.occurred_at,
            subject=event.key(), sequence=str(number), partitionkey=event.key(),
            logid="01234567-89ab-cdef-0123-456789abcdef", receivedat=event.occurred_at, data=event,
            traceparent="00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
        )
    )  # fmt: skip
