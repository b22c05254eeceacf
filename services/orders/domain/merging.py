"""What a list of a row adds: entries known by their natural keys change nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from services.orders.domain import paying, refunding, shipping
from services.orders.domain.changes import Changes
from services.orders.domain.parts import UNTOLD, Payment, Refund, Shipment
from services.orders.domain.refusals import DuplicateExternalIdError, FactDiffersError


def check_keys(name: str, rows: Iterable[Payment | Shipment | Refund]) -> None:
    """Raise `DuplicateExternalIdError` if two entries of a list have the same key."""
    seen: set[str] = set()
    for place, row in enumerate(rows):
        if row.external_id in seen:
            raise DuplicateExternalIdError(
                f"The external_id {row.external_id} is given twice.",
                pointer=f"/{name}/{place}/external_id",
            )
        seen.add(row.external_id)


def demand_same(pointer: str, stored: Any, told: Any) -> None:
    """Raise `FactDiffersError` unless a fact is told as it is stored."""
    if stored != told:
        detail = "This was stated otherwise before; facts are corrected, not restated."
        raise FactDiffersError(detail, pointer=pointer)


def merge_payments(changes: Changes, entries: Sequence[tuple[str, Payment]]) -> None:
    """Take the payments that are not known; each comes with the pointer to its entry."""
    known = {payment.external_id: payment for payment in changes.order.payments}
    fresh = []
    for pointer, payment in entries:
        stored = known.get(payment.external_id)
        if stored is None:
            fresh.append((f"{pointer}/amount", payment))
            continue
        demand_same(f"{pointer}/amount", stored.stated_minor, payment.stated_minor)
        demand_same(f"{pointer}/paid_at", stored.paid_at, payment.paid_at)
    paying.take_payments(changes, fresh)


def merge_shipments(changes: Changes, entries: Sequence[tuple[str, Shipment]]) -> None:
    """Send the parcels that are not known; each comes with the pointer to its entry."""
    known = {shipment.external_id: shipment for shipment in changes.order.shipments}
    fresh = []
    for pointer, shipment in entries:
        stored = known.get(shipment.external_id)
        if stored is None:
            fresh.append((pointer, shipment))
            continue
        demand_same(f"{pointer}/waybill", stored.waybill, shipment.waybill)
        demand_same(f"{pointer}/courier", stored.courier, shipment.courier)
        demand_same(f"{pointer}/shipped_at", stored.shipped_at, shipment.shipped_at)
        if shipment.lines is not None:
            told = sorted(shipment.lines, key=lambda part: part.line_no)
            demand_same(f"{pointer}/lines", list(stored.lines or ()), told)
    for pointer, shipment in sorted(fresh, key=lambda entry: entry[1].shipped_at):
        # Of parcels whose lines nobody knows the first takes all that remains: so it makes no
        # difference whether the source tells them at once or one after the other.
        if shipment.lines is None and changes.order.shipped_at is not None:
            shipping.ship_beside(changes, shipment)
        else:
            shipping.ship(changes, shipment, pointer=pointer)


def merge_refunds(changes: Changes, entries: Sequence[tuple[str, Refund]]) -> None:
    """Bring refunds to where the source has them; each comes with the pointer to its entry."""
    known = {refund.external_id: refund for refund in changes.order.refunds}
    for pointer, refund in sorted(entries, key=lambda entry: entry[1].requested_at):
        stored = known.get(refund.external_id)
        if stored is None:
            stored = refunding.request_refund(changes, refund, pointer=pointer)
        else:
            _check_same_refund(stored, refund, pointer)
        explained = _explained(stored, refund)
        if explained != stored:
            stored = explained
            changes.put_refund(stored)
        refunding.advance(changes, stored, refund, pointer=pointer)


def _explained(stored: Refund, told: Refund) -> Refund:
    """Return the stored refund with the words that are new, and its cause if it had none."""
    explained = replace(stored, reason=told.reason or stored.reason)
    if stored.reason_kind != UNTOLD or told.reason_kind == UNTOLD:
        return explained
    return replace(explained, reason_kind=told.reason_kind, is_quality_fault=told.is_quality_fault)


def _check_same_refund(stored: Refund, told: Refund, pointer: str) -> None:
    demand_same(f"{pointer}/amount", stored.amount_minor, told.amount_minor)
    demand_same(f"{pointer}/postage", stored.postage_minor, told.postage_minor)
    demand_same(f"{pointer}/requested_at", stored.requested_at, told.requested_at)
    demand_same(f"{pointer}/with_return", stored.with_return, told.with_return)
    if told.lines:
        by_number = sorted(told.lines, key=lambda part: part.line_no)
        demand_same(f"{pointer}/lines", list(stored.lines), by_number)
    if told.approved_at is not None and stored.approved_at is not None:
        demand_same(f"{pointer}/approved_at", stored.approved_at, told.approved_at)
    if told.paid_at is not None and stored.paid_at is not None:
        demand_same(f"{pointer}/paid_at", stored.paid_at, told.paid_at)
