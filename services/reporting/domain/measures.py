"""Measures: the additive quantities that projections keep, by subject.

Most stand twice: on the day the thing happened (event basis) and, with `_by_order`, on the day the
order was placed (order basis). What happens when an order is placed needs no second one.
"""

from enum import StrEnum


class Basis(StrEnum):
    """The day a thing is counted on: its own, or that of its order."""

    EVENT = "event"
    ORDER = "order"


TWIN = "_by_order"

PLACED = ("orders_placed", "placed_minor", "units_placed")

_STORE = (
    "orders_paid",
    "paid_minor",
    "units_paid",
    "orders_without_buyer",
    "orders_without_lines",
    "orders_shipped",
    "orders_delivered",
    "orders_completed",
    "orders_cancelled",
    "refunds_requested",
    "refunds_approved",
    "refunds_paid",
    "refunds_with_return",
    "refunded_minor",
    "units_refunded",
)
_SKU = (
    "orders_paid",
    "paid_minor",
    "units_paid",
    "refunds_paid",
    "refunded_minor",
    "units_refunded",
)
_REGION = ("orders_paid", "paid_minor", "units_paid", "refunds_paid", "refunded_minor")


def _with_twins(names: tuple[str, ...]) -> tuple[str, ...]:
    return (*PLACED, *names, *(name + TWIN for name in names))


STORE_MEASURES = _with_twins(_STORE)
SKU_MEASURES = _with_twins(_SKU)
REGION_MEASURES = _with_twins(_REGION)
BUYER_MEASURES = ("orders_paid", "paid_minor", "orders_paid_by_order", "paid_minor_by_order")
BRIDGE_MEASURES = ("orders_paid", "paid_minor", "refunds_paid", "refunded_minor")

TWINNED = frozenset(_STORE)
"""Measures that have an order-basis twin."""


def on_basis(measure: str, basis: Basis) -> str:
    """Return the column that holds a measure on a basis."""
    return measure + TWIN if basis is Basis.ORDER and measure in TWINNED else measure
