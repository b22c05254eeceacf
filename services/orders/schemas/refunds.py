"""Refunds of all orders as they are shown: a list, and sums by day."""

import csv
from collections.abc import Iterable, Mapping
from datetime import date
from io import StringIO
from typing import Literal

from pydantic import BaseModel

from services.orders.domain.parts import Refund
from services.orders.schemas.parts import RefundView, refund_fields
from shared.kernel.money import format_minor


class ListedRefundView(RefundView):
    """A refund with its order."""

    order_id: str
    store_id: str
    order_external_id: str
    currency: str


class SumView(BaseModel):
    """Number and amount."""

    count: int
    amount: str


class RefundDayView(BaseModel):
    """A store's day; `kind` is refund_only (仅退款) or with_return (退货退款)."""

    store_id: str
    day: date
    kind: Literal["refund_only", "with_return"]
    currency: str
    requested: SumView
    approved: SumView
    rejected: SumView
    paid: SumView


_STEPS = ("requested", "approved", "rejected", "paid")
_HEAD = (
    "store_id",
    "day",
    "kind",
    "currency",
    *(f"{step}_{what}" for step in _STEPS for what in ("count", "amount")),
)


def listed_refund_view(
    refund: Refund, *, order_id: str, store_id: str, order_external_id: str, currency: str
) -> ListedRefundView:
    """Return a refund as it is shown in a list."""
    return ListedRefundView(
        **refund_fields(refund, currency),
        order_id=order_id,
        store_id=store_id,
        order_external_id=order_external_id,
        currency=currency,
    )


def refund_day_view(
    store_id: str,
    day: date,
    currency: str,
    *,
    with_return: bool,
    sums: Mapping[str, tuple[int, int]],
) -> RefundDayView:
    """Return a day as it is shown."""
    views = {
        step: SumView(count=count, amount=format_minor(minor, currency))
        for step, (count, minor) in sums.items()
    }
    return RefundDayView(
        store_id=store_id,
        day=day,
        kind="with_return" if with_return else "refund_only",
        currency=currency,
        **views,
    )


def csv_of(days: Iterable[RefundDayView]) -> str:
    """Return days as RFC 4180 CSV with a line of names."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEAD)
    for day in days:
        sums = [getattr(day, step) for step in _STEPS]
        numbers = [value for each in sums for value in (each.count, each.amount)]
        writer.writerow([day.store_id, day.day.isoformat(), day.kind, day.currency, *numbers])
    return text.getvalue()
