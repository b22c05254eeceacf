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
_SHIPPING = (
    "parcels_shipped",
    "orders_timed",
    "shipping_seconds",
    "orders_shipped_due",
    "orders_shipped_in_time",
    "orders_overdue",
    "parcels_stalled",
    "follow_ups_due",
    "follow_ups_done",
)
_UNPAID = (
    "orders_to_chase",
    "to_chase_minor",
    "orders_open_to_chase",
    "chases_won",
    "chased_minor",
)
_ENDED = (
    "cancelled_unpaid",
    "cancelled_void",
    "cancelled_intercepted",
    "cancelled_fraud",
    "cancelled_after_payment",
)
_REFUNDS = (
    "requested_minor",
    "requested_with_return",
    "approved_minor",
    "refunds_rejected",
    "rejected_minor",
    "refunded_with_return_minor",
    "refunds_timed",
    "refund_seconds",
    "refunds_unshipped",
    "refunded_unshipped_minor",
    "refunds_for_quality",
    "refunded_for_quality_minor",
    "refunds_disputed",
    "refunded_disputed_minor",
    "refunds_urgent",
)
_CASES = (
    "cases_opened",
    "returns_opened",
    "exchanges_opened",
    "repairs_opened",
    "cases_for_quality",
    "units_in_cases",
)
_CASES_ENDED = (
    "cases_closed",
    "returns_closed",
    "exchanges_closed",
    "repairs_closed",
    "case_seconds",
    "shop_freight_minor",
    "disputes_opened",
    "disputed_minor",
    "disputes_closed",
    "disputes_lost",
    "disputes_won",
)
_TROUBLE = (
    "problems_opened",
    "problems_overdue",
    "problems_closed",
    "problems_closed_in_time",
    "problem_seconds",
    "wrong_shipments",
    "wrong_shipment_minor",
    "fraud_holds",
    "fraud_cleared",
)
_HANDLING = (*_SHIPPING, *_UNPAID, *_ENDED, *_REFUNDS, *_CASES, *_CASES_ENDED, *_TROUBLE)
_RETURN = (*_CASES, "refunds_paid", "refunds_with_return", "refunded_minor", "units_refunded")
_REASON = (*_RETURN, "refunds_requested", "requested_minor")


def _with_twins(names: tuple[str, ...], placed: tuple[str, ...] = PLACED) -> tuple[str, ...]:
    return (*placed, *names, *(name + TWIN for name in names))


STORE_MEASURES = _with_twins(_STORE)
SKU_MEASURES = _with_twins(_SKU)
REGION_MEASURES = _with_twins(_REGION)
HANDLING_MEASURES = _with_twins(_HANDLING, ())
"""What becomes of a store's orders after they are placed; a table of its own keeps the wide rows
of rarer events away from those that every order writes."""
REASON_MEASURES = _with_twins(_REASON, ())
RETURN_MEASURES = _with_twins(_RETURN, ())
BUYER_MEASURES = ("orders_paid", "paid_minor", "orders_paid_by_order", "paid_minor_by_order")
BRIDGE_MEASURES = ("orders_paid", "paid_minor", "refunds_paid", "refunded_minor")

TWINNED = frozenset((*_STORE, *_HANDLING))
"""Measures that have an order-basis twin."""


def on_basis(measure: str, basis: Basis) -> str:
    """Return the column that holds a measure on a basis."""
    return measure + TWIN if basis is Basis.ORDER and measure in TWINNED else measure
