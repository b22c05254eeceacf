"""Orders of stores that directory stated, counted in the tables of reporting."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from services.reporting.projections.hearing import Hearing
from shared.contracts.directory import StoreStated
from shared.contracts.envelope import Event
from shared.contracts.orders import OrderLine, OrderPaid, OrderPlaced
from shared.db.engine import Database
from shared.kernel.ids import new_uuid
from tests.reporting.lives import enveloped


def an_order(
    store: StoreStated,
    placed_at: datetime,
    minor: int,
    *,
    paid_at: datetime | None,
    sku: str = "A",
    buyer: str = "ann",
) -> list[Event]:
    """An order of one piece; unpaid without `paid_at`."""
    order_id = new_uuid().hex
    order: dict[str, Any] = {
        "store_id": store.store_id, "timezone": store.timezone, "day_start": store.day_start,
        "currency": store.currency, "order_id": order_id, "external_id": order_id,
        "placed_at": placed_at, "buyer_key": buyer, "province": "浙江省",
    }  # fmt: skip
    line = OrderLine(line_no=1, sku=sku, quantity=1, amount_minor=minor)
    money: dict[str, Any] = {
        "lines": [line],
        "postage_minor": 0,
        "discount_minor": 0,
        "total_minor": minor,
    }
    events: list[Event] = [OrderPlaced(occurred_at=placed_at, **order, **money)]
    if paid_at is not None:
        payment: dict[str, Any] = {"payment_id": "p", "payment_minor": minor, "paid_minor": minor}
        events.append(OrderPaid(occurred_at=paid_at, **payment, **order, **money))
    return events


async def count(database: Database, events: Iterable[Event]) -> None:
    """Count events as the reader does: one batch, one transaction, one notification."""
    async with database.transaction() as session:
        await Hearing().apply(session, [enveloped(event) for event in events])
