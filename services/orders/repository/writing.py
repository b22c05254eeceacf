"""Changed orders into their tables: a constant number of statements for any number of orders."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.domain.moves import STEPS
from services.orders.domain.order import Order
from services.orders.repository.children import move_lines, put_children
from services.orders.repository.pricing import kept_terms, put_price_changes
from services.orders.repository.stored import Sealed
from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row
from services.orders.tables.work import ReceiptRow
from shared.db.bulk import insertion, updating

NOTHING_SEALED = Sealed(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Write:
    """A change to be stored; parts of `sealed` and `content_hash` that are None stay as stored."""

    changes: Changes
    sealed: Sealed = NOTHING_SEALED
    content_hash: bytes | None = None


_tables = Row.metadata.tables
_FIXED = ("store_id", "external_id", "kind", "currency", "placed_at")
_SEALED = (
    "buyer_account",
    "buyer_name",
    "buyer_phone",
    "buyer_address",
    "invoice_title",
    "card_text",
    "content_hash",
)
_CHANGING = (
    "status",
    "paid_at",
    "shipped_at",
    "delivered_at",
    "completed_at",
    "cancelled_at",
    "cancel_reason",
    "postage_minor",
    "discount_minor",
    "total_minor",
    "paid_minor",
    "refunded_minor",
    "claimed_minor",
    "buyer_account_hash",
    "buyer_name_hash",
    "buyer_phone_hash",
    "buyer_address_hash",
    "province",
    "city",
    "agent",
    "payment_method",
    "payment_channel",
    "is_backfill",
    "source_updated_at",
    "version",
)
_INSERT_ORDERS = insertion(
    _tables[OrderRow.__tablename__],
    ("order_id", *_CHANGING, *_SEALED, *_FIXED),
    suffix="ON CONFLICT (store_id, external_id) DO NOTHING RETURNING created_at",
)
_UPDATE_ORDERS = updating(
    _tables[OrderRow.__tablename__],
    ("order_id", *_CHANGING, *_SEALED),
    kept_if_null=_SEALED,
    also="updated_at = now()",
)
_STEPS = (*(f"{step}_at" for step in STEPS), "followed_up_at")
_REST_OF_WORK = (
    "held_for",
    "hold_reason",
    "held_at",
    "problem_reason",
    "problem_at",
    "flag",
    "flag_note",
    "urgent_at",
    "changed_at",
    "requested_courier",
    "delivery_time",
    "invoice_title_hash",
    "card_text_hash",
    "chaser",
    "chased_at",
    "chase_level",
    "chased_order_id",
    "overridden",
    "courier",
    "is_courier_fallback",
    "postage_due_minor",
    "waived_postage_minor",
    "original_terms",
    "in_transit_at",
    "archived_at",
)
_UPDATE_WORK = updating(
    _tables[OrderRow.__tablename__],
    ("order_id", *_STEPS, *_REST_OF_WORK),
)
_NOTE_SOURCES = updating(_tables[OrderRow.__tablename__], ("order_id", "source_updated_at"))
_INSERT_RECEIPTS = insertion(_tables[ReceiptRow.__tablename__], ("order_id", "event_id"))


async def insert_orders(session: AsyncSession, writes: Sequence[Write]) -> list[datetime]:
    """Insert new orders in the order of their keys; return when each that was not there came.

    Waits for another transaction that is inserting one of them. Children follow by `write_orders`.
    """
    in_order = sorted(
        writes, key=lambda write: (write.changes.order.store_id, write.changes.order.external_id)
    )
    rows = [(*_changing(write), *_fixed(write.changes.order)) for write in in_order]
    return await _INSERT_ORDERS.run(session, rows)


async def write_orders(session: AsyncSession, writes: Sequence[Write]) -> None:
    """Store locked orders and the children that changed; new ones were inserted before."""
    stored = [write for write in writes if not write.changes.is_new]
    await _UPDATE_ORDERS.run(session, [_changing(write) for write in stored])
    worked_on = [write.changes.order for write in stored if write.changes.has_new_work]
    await _UPDATE_WORK.run(session, [_work(order) for order in worked_on])
    await put_children(session, [write.changes for write in writes])
    await put_price_changes(session, [write.changes for write in writes])
    await move_lines(session, [write.changes.order.order_id for write in stored])


async def note_sources(session: AsyncSession, orders: Sequence[Order]) -> None:
    """Store how new the source's word is, where nothing else changed."""
    await _NOTE_SOURCES.run(session, [(row.order_id, row.source_updated_at) for row in orders])


async def insert_receipts(session: AsyncSession, receipts: Sequence[tuple[str, int]]) -> None:
    """Store order and last event of each accepted write."""
    await _INSERT_RECEIPTS.run(session, receipts)


def _changing(write: Write) -> tuple[object, ...]:
    order, sealed = write.changes.order, write.sealed
    paid_minor, buyer = order.paid_minor, order.buyer
    return (
        order.order_id,
        order.status.value,
        order.paid_at,
        order.shipped_at,
        order.delivered_at,
        order.completed_at,
        order.cancelled_at,
        order.cancel_reason,
        order.postage_minor,
        order.discount_minor,
        order.total_minor,
        paid_minor,
        order.refunded_minor,
        paid_minor - order.refundable_minor,
        buyer.account,
        buyer.name,
        buyer.phone,
        buyer.address,
        buyer.province,
        buyer.city,
        order.agent,
        order.payment_method,
        order.payment_channel,
        order.is_backfill,
        order.source_updated_at,
        order.version,
        sealed.account,
        sealed.name,
        sealed.phone,
        sealed.address,
        sealed.invoice_title,
        sealed.card_text,
        write.content_hash,
    )


def _work(order: Order) -> tuple[object, ...]:
    hold, problem = order.hold, order.problem
    held = (None, None, None) if hold is None else (hold.kind, hold.reason, hold.at)
    troubled = (None, None) if problem is None else (problem.reason, problem.at)
    taken = (order.steps.get(step) for step in STEPS)
    chase = order.chase
    chased = (None,) * 4 if chase is None else astuple(chase)
    wishes, carriage = order.wishes, order.carriage
    return (
        order.order_id,
        *taken,
        order.followed_up_at,
        *held,
        *troubled,
        order.flag,
        order.flag_note,
        order.urgent_at,
        order.changed_at,
        wishes.courier,
        wishes.delivery_time,
        wishes.invoice,
        wishes.card,
        *chased,
        msgspec.json.encode(order.overridden).decode() if order.overridden else None,
        carriage.courier,
        carriage.is_fallback,
        carriage.due_minor,
        carriage.waived_minor,
        kept_terms(order.original),
        order.in_transit_at,
        order.archived_at,
    )


def _fixed(order: Order) -> tuple[object, ...]:
    return order.store_id, order.external_id, order.kind, order.currency, order.placed_at
