"""The question of a search: which orders are asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from services.orders.domain.moves import Status
from services.orders.schemas.new_order import Word
from shared.web.bodies import Instant
from shared.web.pages import ChangesQuery

PaymentStatus = Literal[
    "unpaid", "part_paid", "paid", "overpaid", "underpaid", "part_refunded", "refunded"
]

PERSONAL = ("buyer_account", "buyer_name", "buyer_phone")
"""What is found by its keyed hash, by callers who may see it."""


def _split(values: Any) -> Any:
    """Take `a,b` for `a` and `b`, as well as a parameter that is given twice."""
    told = values if isinstance(values, list) else [values]
    return [word for value in told for word in (value.split(",") if isinstance(value, str) else [])]


class OrderQuery(ChangesQuery):
    """Which orders are asked for: all conditions hold together.

    `stores` are ids with commas between them, `status` takes several too. Ranges hold their first
    moment and not their last. `number` is the source's number of an order or ours; it finds what
    is in the archive as well, and so do `external_id` and `waybill`.
    """

    stores: Annotated[str | None, Field(max_length=4000)] = None
    platform: Word | None = None
    status: Annotated[list[Status] | None, BeforeValidator(_split), Field(max_length=50)] = None
    payment_status: PaymentStatus | None = None
    payment_method: Word | None = None
    payment_channel: Word | None = None
    agent: Word | None = None
    kind: Literal["normal", "presale", "cod"] | None = None
    flag: Literal["red", "yellow", "green", "blue", "purple"] | None = None
    province: Word | None = None
    sku: Word | None = None
    number: Word | None = None
    external_id: Word | None = None
    waybill: Word | None = None
    buyer_account: Word | None = None
    buyer_name: Word | None = None
    buyer_phone: Word | None = None
    placed_from: Instant | None = None
    placed_to: Instant | None = None
    paid_from: Instant | None = None
    paid_to: Instant | None = None
    shipped_from: Instant | None = None
    shipped_to: Instant | None = None
    archived: bool = False

    def ranges(self) -> Mapping[str, tuple[datetime | None, datetime | None]]:
        """Return the ranges that are asked for, by the moment they are about."""
        found = {
            "placed_at": (self.placed_from, self.placed_to),
            "paid_at": (self.paid_from, self.paid_to),
            "shipped_at": (self.shipped_from, self.shipped_to),
        }
        return {name: limits for name, limits in found.items() if limits != (None, None)}
