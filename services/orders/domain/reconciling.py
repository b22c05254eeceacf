"""What a row from a source changes: the heart of every upsert, a pure function."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from services.orders.domain import altering, ending, merging, pricing, shipping
from services.orders.domain.changes import Changes
from services.orders.domain.facts import (
    Amended,
    Attributed,
    Completed,
    Delivered,
    Placed,
    Redirected,
)
from services.orders.domain.merging import demand_same
from services.orders.domain.order import Incoming, Order
from services.orders.domain.parts import Buyer, Payment, Refund, Shipment
from services.orders.domain.refusals import AmendAfterPaymentError

Row = TypeVar("Row", Payment, Shipment, Refund)


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "stale"


def reconcile(
    stored: Order | None,
    incoming: Incoming,
    *,
    order_id: str,
    now: datetime,
    tolerance_minor: int = 0,
) -> tuple[Outcome, Changes]:
    """Return what a row does to the stored order, which is itself left as it is.

    The row adds what is new: payments, parcels, refunds and dates by their natural keys; lines,
    price and postage are replaced before payment. A row whose source state is older than the
    stored one is stale and changes nothing. Facts stated once are never restated: a row that tells
    them otherwise is refused whole. `order_id` is used for a new order, `now` dates an amendment
    whose source has no time; by `tolerance_minor` its payments may miss what it costs. Raises the
    refusals of this package.
    """
    merging.check_keys("payments", incoming.payments)
    merging.check_keys("shipments", incoming.shipments)
    merging.check_keys("refunds", incoming.refunds)
    if stored is None:
        changes = _place(incoming, order_id)
    elif _is_stale(stored, incoming):
        return Outcome.STALE, Changes(stored, is_new=False)
    else:
        changes = Changes(
            stored.copy(), is_new=False, is_told=True, is_history=incoming.is_backfill
        )
        _check_same(stored, incoming)
        _amend(changes, incoming, now)
    changes.tolerance_minor = tolerance_minor
    _merge(changes, incoming)
    if stored is None:
        return Outcome.CREATED, changes
    outcome = Outcome.UNCHANGED if changes.is_empty else Outcome.UPDATED
    _note_source(changes, incoming)
    return outcome, changes


def _place(incoming: Incoming, order_id: str) -> Changes:
    order = Order(
        order_id=order_id,
        store_id=incoming.store_id,
        external_id=incoming.external_id,
        kind=incoming.kind,
        currency=incoming.currency,
        placed_at=incoming.placed_at,
        postage_minor=incoming.postage_minor,
        discount_minor=incoming.discount_minor,
        total_minor=incoming.total_minor,
        buyer=incoming.buyer,
        agent=incoming.agent,
        lines=incoming.lines,
        is_backfill=incoming.is_backfill,
        source_updated_at=incoming.source_updated_at,
    )
    changes = Changes(order, is_new=True, is_told=True, is_history=incoming.is_backfill)
    changes.state(Placed(incoming.placed_at))
    return changes


def _is_stale(stored: Order, incoming: Incoming) -> bool:
    known, told = stored.source_updated_at, incoming.source_updated_at
    return known is not None and told is not None and told < known


def _note_source(changes: Changes, incoming: Incoming) -> None:
    order = changes.order
    if incoming.source_updated_at is not None:
        order.source_updated_at = incoming.source_updated_at
    if not changes.is_empty:
        order.is_backfill = order.is_backfill and incoming.is_backfill
        order.version += 1


def _check_same(stored: Order, incoming: Incoming) -> None:
    demand_same("/placed_at", stored.placed_at, incoming.placed_at)
    demand_same("/kind", stored.kind, incoming.kind)
    if stored.buyer.account is not None and incoming.buyer.account is not None:
        demand_same("/buyer/account", stored.buyer.account, incoming.buyer.account)


def _amend(changes: Changes, incoming: Incoming, now: datetime) -> None:
    order = changes.order
    before = order.copy()
    at = incoming.source_updated_at or now
    is_repriced = _reprice(changes, incoming, at)
    news = _news_of(incoming.buyer, order.overridden)
    _forget_overridden(changes, news)
    order.buyer = before.buyer.overlaid_by(news)
    is_won = before.chase is not None and before.paid_at is not None
    order.agent = before.agent if is_won else incoming.agent or before.agent
    is_moved = order.buyer.province != before.buyer.province
    is_open = not order.payments and order.cancelled_at is None
    if is_repriced or (is_moved and is_open):
        changes.state(
            Amended(
                at,
                previous_lines=tuple(before.lines),
                previous_total_minor=before.total_minor,
                previous_province=before.buyer.province,
            )
        )
    elif redirected := _redirection(before, order, at):
        changes.state(redirected)
    if order.agent != before.agent:
        changes.state(Attributed(at, previous_agent=before.agent))
    changes.has_new_details = is_repriced or (order.buyer, order.agent) != (
        before.buyer,
        before.agent,
    )


def _reprice(changes: Changes, incoming: Incoming, at: datetime) -> bool:
    """Take over lines, price and postage where they are others; say whether they are."""
    order = changes.order
    told = incoming.lines or (order.lines if incoming.total_minor == order.total_minor else [])
    lines = altering.keep_swaps(order.lines, told)
    is_priced_alike = _sums(incoming) == _sums(order)
    if is_priced_alike and lines == order.lines:
        return False
    if is_priced_alike and order.paid_minor and altering.is_swap(order.lines, lines):
        changes.allow("change", pointer="/lines")
        altering.swap_lines(changes, lines, at, staff=None)
        return False
    if pricing.holds_against(order, incoming, lines):
        return False
    _check_amendable(changes, incoming)
    pricing.forget_changes(changes)
    changes.has_new_lines = lines != order.lines
    order.lines = lines
    order.postage_minor = incoming.postage_minor
    order.discount_minor = incoming.discount_minor
    order.total_minor = incoming.total_minor
    return True


def _news_of(told: Buyer, overridden: Mapping[str, str]) -> Buyer:
    """Return what a source says of a buyer that it did not say before we were told otherwise."""
    repeated = {name: None for name, stated in overridden.items() if getattr(told, name) == stated}
    return replace(told, **repeated)


def _forget_overridden(changes: Changes, news: Buyer) -> None:
    overridden = changes.order.overridden
    for name in [name for name in overridden if getattr(news, name) is not None]:
        del overridden[name]  # the source's new word holds, and its old one is news again
        changes.has_new_work = True


def _redirection(before: Order, after: Order, at: datetime) -> Redirected | None:
    told = altering.redirection(before.buyer, after.buyer)
    if not told:
        return None
    is_paid = before.paid_at is not None
    return Redirected(at, told, before.buyer.province, is_paid=is_paid)


def _sums(order: Order | Incoming) -> tuple[int, int, int]:
    return order.postage_minor, order.discount_minor, order.total_minor


def _check_amendable(changes: Changes, incoming: Incoming) -> None:
    order = changes.order
    if order.paid_minor or order.paid_at is not None or order.shipments:
        pointer = "/lines" if incoming.lines else "/total"
        detail = "Lines, price and postage cannot change once money came in or a parcel left."
        raise AmendAfterPaymentError(detail, pointer=pointer)
    changes.allow("amend", pointer="/lines")


def _merge(changes: Changes, incoming: Incoming) -> None:
    if incoming.payments:
        merging.merge_payments(changes, _placed("payments", incoming.payments))
    if incoming.shipments:
        merging.merge_shipments(changes, _placed("shipments", incoming.shipments))
    order = changes.order
    at = incoming.delivered_at
    if at is not None and _is_news("/delivered_at", order.delivered_at, at):
        shipping.deliver(changes, Delivered(at), pointer="/delivered_at")
    at = incoming.completed_at
    if at is not None and _is_news("/completed_at", order.completed_at, at):
        ending.complete(changes, Completed(at), pointer="/completed_at")
    at = incoming.cancelled_at
    if at is not None and _is_news("/cancelled_at", order.cancelled_at, at):
        ending.cancel(changes, at, reason=incoming.cancel_reason, pointer="/cancelled_at")
    if incoming.refunds:
        merging.merge_refunds(changes, _placed("refunds", incoming.refunds))


def _placed(name: str, rows: Sequence[Row]) -> list[tuple[str, Row]]:
    return [(f"/{name}/{place}", row) for place, row in enumerate(rows)]


def _is_news(pointer: str, stored: datetime | None, told: datetime) -> bool:
    if stored is not None:
        demand_same(pointer, stored, told)
    return stored is None
