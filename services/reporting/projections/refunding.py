"""Refunds: counted as money when it went back, as requests and consents when they were made."""

from services.reporting.domain.measures import SKU_MEASURES, STORE_MEASURES
from services.reporting.projections.places import REGION, SKU, STORE
from services.reporting.projections.products import refunded_products, units_of
from services.reporting.projections.sums import Sums, add_twice
from shared.contracts.orders import RefundApproved, RefundEvent, RefundPaid, RefundRequested
from shared.kernel.buckets import bucket_at

_REQUESTED = STORE_MEASURES.index("refunds_requested")
_APPROVED = STORE_MEASURES.index("refunds_approved")
_WITH_RETURN = STORE_MEASURES.index("refunds_with_return")
_UNITS = STORE_MEASURES.index("units_refunded")
_SKU_UNITS = SKU_MEASURES.index("units_refunded")


def count_request(sums: Sums, event: RefundRequested) -> None:
    """Count a refund asked for."""
    _count(sums, event, _REQUESTED)


def count_approval(sums: Sums, event: RefundApproved) -> None:
    """Count a refund agreed to."""
    _count(sums, event, _APPROVED)


def _count(sums: Sums, event: RefundEvent, place: int) -> None:
    store_id, timezone, day_start = event.store_id, event.timezone, event.day_start
    sums.hours[store_id, bucket_at(event.occurred_at, timezone, day_start)][place] += 1
    sums.hours[store_id, bucket_at(event.placed_at, timezone, day_start)][place + STORE.twin] += 1


def count_refund(sums: Sums, event: RefundPaid) -> None:
    """Count the money of a refund on the day it went back."""
    store_id, minor = event.store_id, event.amount_minor
    placed = bucket_at(event.placed_at, event.timezone, event.day_start)
    paid = bucket_at(event.occurred_at, event.timezone, event.day_start)
    products = refunded_products(event.lines, minor)
    own, ordered = sums.hours[store_id, paid], sums.hours[store_id, placed]
    changes = (
        (STORE.refunds, 1),
        (STORE.refunded_minor, minor),
        (_WITH_RETURN, int(event.with_return)),
        (_UNITS, units_of(products)),
    )
    add_twice(own, ordered, STORE.twin, changes)
    province = event.province or ""
    own = sums.regions[store_id, paid.day, province]
    ordered = sums.regions[store_id, placed.day, province]
    add_twice(own, ordered, REGION.twin, ((REGION.refunds, 1), (REGION.refunded_minor, minor)))
    bridge = sums.bridge[store_id, placed.day, paid.day]
    bridge[2] += 1
    bridge[3] += minor
    for sku, (refunds, amount, units) in products.items():
        own = sums.skus[store_id, paid.day, sku]
        ordered = sums.skus[store_id, placed.day, sku]
        parts = (
            (SKU.refunds, refunds),
            (SKU.refunded_minor, amount),
            (_SKU_UNITS, units),
        )
        add_twice(own, ordered, SKU.twin, parts)
