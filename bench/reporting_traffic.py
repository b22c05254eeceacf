"""Order traffic for measurements: events of many stores, SKUs and buyers."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.envelope import Event
from shared.contracts.orders import (
    OrderLine,
    OrderPaid,
    OrderPlaced,
    RefundLine,
    RefundPaid,
)

PROVINCES = [f"province {number}" for number in range(34)]
START = datetime(2026, 6, 1, tzinfo=UTC)
GAP = timedelta(seconds=1)
"""Between events: 86,400 a day, of 45,000 orders."""


def order_events(count: int, *, stores: int = 500, skus: int = 300) -> Iterator[Event]:
    """Yield about `count` events of orders of 1 to 3 lines: placed, mostly paid, some refunded.

    These are the dear ones: parcels and deliveries add to one row of a store only. Nearly every
    order has a buyer of its own. Stores sell some products much more often than others.
    """
    chance = random.Random(7)
    stated = 0
    while stated < count:
        for event in _life(chance, stated, (stores, skus)):
            stated += 1
            yield event


def _life(chance: random.Random, number: int, size: tuple[int, int]) -> Iterator[Event]:
    stores, skus = size
    placed = START + number * GAP
    lines = [
        OrderLine(line_no=n, sku=f"SKU-{int(skus * chance.random() ** 2):05}", quantity=1 + n,
                  amount_minor=chance.randrange(500, 50_000), name="明前龙井 250g 礼盒装")
        for n in range(chance.choice((1, 1, 2, 3)))
    ]  # fmt: skip
    total = sum(line.amount_minor for line in lines)
    order: dict[str, Any] = {
        "store_id": f"store-{chance.randrange(stores)}", "timezone": "Asia/Shanghai",
        "order_id": f"ord_{number:032x}", "external_id": f"{number:018}", "currency": "CNY",
        "placed_at": placed, "province": chance.choice(PROVINCES),
        "buyer_key": hashlib.sha256(str(chance.randrange(10**7)).encode()).hexdigest(),
    }  # fmt: skip
    money: dict[str, Any] = {
        "postage_minor": 0, "discount_minor": 0, "total_minor": total, "lines": lines,
    }  # fmt: skip
    yield OrderPlaced(occurred_at=placed, **order, **money)
    if chance.random() < 0.15:
        return
    paid = placed + timedelta(seconds=chance.expovariate(1 / 600))
    yield OrderPaid(occurred_at=paid, payment_id=f"pay_{number:032x}", payment_minor=total,
                    paid_minor=total, **order, **money)  # fmt: skip
    if chance.random() < 0.08:
        back = [RefundLine(line_no=0, sku=lines[0].sku, quantity=1, amount_minor=100)]
        yield RefundPaid(occurred_at=paid + timedelta(days=3), refund_id=f"ref_{number:032x}",
                         amount_minor=100, postage_minor=0, lines=back, reason="",
                         refunded_minor=100, with_return=True, **order)  # fmt: skip
