"""What every event of an order repeats."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.orders.domain.order import Order
from services.orders.domain.parts import Line
from shared.contracts.orders import OrderLine
from shared.kernel.buckets import StoreCalendar

Common = dict[str, Any]


def common_of(
    order: Order,
    calendar: StoreCalendar,
    *,
    is_backfill: bool = False,
    source_updated_at: datetime | None = None,
) -> Common:
    """Return what an event of this order says whatever happened, all but when it did."""
    return {
        "order_id": order.order_id,
        "external_id": order.external_id,
        "store_id": order.store_id,
        "timezone": calendar.timezone,
        "day_start": calendar.day_start,
        "currency": order.currency,
        "placed_at": order.placed_at,
        "buyer_key": order.buyer.account,
        "province": order.buyer.province,
        "agent": order.agent,
        "is_backfill": is_backfill,
        "source_updated_at": source_updated_at,
    }


def lines_of(lines: Sequence[Line]) -> list[OrderLine]:
    """Return lines as events tell them."""
    return [
        OrderLine(
            line_no=line.line_no,
            sku=line.sku,
            quantity=line.quantity,
            amount_minor=line.amount_minor,
            is_gift=line.is_gift,
            name=line.name,
            discount_minor=line.discount_minor,
        )
        for line in lines
    ]
