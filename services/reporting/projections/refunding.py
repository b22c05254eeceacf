"""Refunds: counted as money when it went back, as requests and answers when they were made."""

from services.reporting.domain.measures import (
    REASON_MEASURES,
    RETURN_MEASURES,
    SKU_MEASURES,
    STORE_MEASURES,
)
from services.reporting.domain.reasons import reason_of
from services.reporting.projections.handling import handle, place_of, seconds_between
from services.reporting.projections.places import REGION, SKU, STORE
from services.reporting.projections.products import Product, refunded_products, units_of
from services.reporting.projections.returning import REASON_TWIN, RETURN_TWIN
from services.reporting.projections.sums import Change, Sums, add_twice
from shared.contracts.orders import (
    RefundApproved,
    RefundEvent,
    RefundPaid,
    RefundRejected,
    RefundRequested,
)
from shared.contracts.orders_cases import RefundMarkedUrgent
from shared.kernel.buckets import Bucket, bucket_at

_REQUESTED = STORE_MEASURES.index("refunds_requested")
_APPROVED = STORE_MEASURES.index("refunds_approved")
_WITH_RETURN = STORE_MEASURES.index("refunds_with_return")
_UNITS = STORE_MEASURES.index("units_refunded")
_SKU_UNITS = SKU_MEASURES.index("units_refunded")

_REQUESTED_MINOR = place_of("requested_minor")
_REQUESTED_WITH_RETURN = place_of("requested_with_return")
_APPROVED_MINOR = place_of("approved_minor")
_REJECTED = place_of("refunds_rejected")
_REJECTED_MINOR = place_of("rejected_minor")
_WITH_RETURN_MINOR = place_of("refunded_with_return_minor")
_TIMED = place_of("refunds_timed")
_SECONDS = place_of("refund_seconds")
_UNSHIPPED = place_of("refunds_unshipped")
_UNSHIPPED_MINOR = place_of("refunded_unshipped_minor")
_FOR_QUALITY = place_of("refunds_for_quality")
_FOR_QUALITY_MINOR = place_of("refunded_for_quality_minor")
_DISPUTED = place_of("refunds_disputed")
_DISPUTED_MINOR = place_of("refunded_disputed_minor")
_URGENT = place_of("refunds_urgent")

_PAID_BY_REASON = REASON_MEASURES.index("refunds_paid")
_PAID_BY_RETURN = RETURN_MEASURES.index("refunds_paid")
_REQUESTED_BY_REASON = REASON_MEASURES.index("refunds_requested")


def count_request(sums: Sums, event: RefundRequested) -> None:
    """Count a refund asked for, by its reason too."""
    placed, asked = _count(sums, event, _REQUESTED)
    minor, reason = event.amount_minor, reason_of(event.reason_kind)
    handle(sums, event, (_REQUESTED_MINOR, minor), (_REQUESTED_WITH_RETURN, int(event.with_return)))
    own = sums.reasons[event.store_id, asked.day, reason]
    ordered = sums.reasons[event.store_id, placed.day, reason]
    changes = ((_REQUESTED_BY_REASON, 1), (_REQUESTED_BY_REASON + 1, minor))
    add_twice(own, ordered, REASON_TWIN, changes)


def count_approval(sums: Sums, event: RefundApproved) -> None:
    """Count a refund agreed to."""
    _count(sums, event, _APPROVED)
    handle(sums, event, (_APPROVED_MINOR, event.amount_minor))


def count_rejection(sums: Sums, event: RefundRejected) -> None:
    """Count a refund that was refused, or whose request was taken back."""
    handle(sums, event, (_REJECTED, 1), (_REJECTED_MINOR, event.amount_minor))


def count_urgent(sums: Sums, event: RefundMarkedUrgent) -> None:
    """Count a refund that finance is to pay first."""
    handle(sums, event, (_URGENT, 1))


def _count(sums: Sums, event: RefundEvent, place: int) -> tuple[Bucket, Bucket]:
    store_id, timezone, day_start = event.store_id, event.timezone, event.day_start
    placed = bucket_at(event.placed_at, timezone, day_start)
    own = bucket_at(event.occurred_at, timezone, day_start)
    sums.hours[store_id, own][place] += 1
    sums.hours[store_id, placed][place + STORE.twin] += 1
    return placed, own


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
    kinds = _kinds_of(event)
    if kinds:
        handle(sums, event, *kinds)
    _count_reasons(sums, event, (placed, paid), products=products)


def _kinds_of(event: RefundPaid) -> list[Change]:
    """Return what is counted of a refund beside its money: how long it took, and what for."""
    minor = event.amount_minor
    changes: list[Change] = []
    seconds = seconds_between(event.requested_at, event.occurred_at)
    if seconds is not None and not event.is_time_assumed:
        changes += ((_TIMED, 1), (_SECONDS, seconds))
    if event.with_return:
        changes.append((_WITH_RETURN_MINOR, minor))
    if _is_unshipped(event):
        changes += ((_UNSHIPPED, 1), (_UNSHIPPED_MINOR, minor))
    if event.is_quality_fault:
        changes += ((_FOR_QUALITY, 1), (_FOR_QUALITY_MINOR, minor))
    if event.is_disputed:
        changes += ((_DISPUTED, 1), (_DISPUTED_MINOR, minor))
    return changes


def _is_unshipped(event: RefundPaid) -> bool:
    """Say whether there are pieces in it, and none of them had left the house."""
    pieces = sum(line.quantity for line in event.lines)
    return pieces > 0 and all(line.unshipped_quantity >= line.quantity for line in event.lines)


def _count_reasons(
    sums: Sums, event: RefundPaid, days: tuple[Bucket, Bucket], *, products: dict[str, Product]
) -> None:
    store_id, reason, back = event.store_id, reason_of(event.reason_kind), int(event.with_return)
    placed, paid = days
    own = sums.reasons[store_id, paid.day, reason]
    ordered = sums.reasons[store_id, placed.day, reason]
    whole = 1, event.amount_minor, units_of(products)
    add_twice(own, ordered, REASON_TWIN, _paid(_PAID_BY_REASON, whole, back))
    for sku, product in products.items():
        own = sums.returns[store_id, paid.day, sku, reason]
        ordered = sums.returns[store_id, placed.day, sku, reason]
        add_twice(own, ordered, RETURN_TWIN, _paid(_PAID_BY_RETURN, product, back))


def _paid(place: int, product: Product, back: int) -> tuple[Change, ...]:
    refunds, minor, units = product
    return (place, refunds), (place + 1, refunds * back), (place + 2, minor), (place + 3, units)
