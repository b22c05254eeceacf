"""What belongs to changed orders into its tables: a statement per table, for any number."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.changes import Changes
from services.orders.tables.parts import (
    LineRow,
    PaymentRow,
    RefundLineRow,
    RefundRow,
    ShipmentLineRow,
    ShipmentRow,
)
from services.orders.tables.rows import Row
from services.orders.tables.work import NoteRow
from shared.db.bulk import insertion

_tables = Row.metadata.tables
_MOVE_LINES = text("""
    UPDATE order_lines SET shelf = orders.shelf
    FROM orders
    WHERE order_lines.order_id = ANY(CAST(:ids AS text[]))
      AND orders.order_id = order_lines.order_id AND order_lines.shelf <> orders.shelf
""")
_DELETE_LINES = text("DELETE FROM order_lines WHERE order_id = ANY(CAST(:ids AS text[]))")


class _Children:
    """Rows that belong to orders, whose columns are named as the attributes they come from."""

    def __init__(self, row_class: type[Row], attributes: Sequence[str], suffix: str = "") -> None:
        table = _tables[row_class.__tablename__]
        self._statement = insertion(table, ("order_id", *attributes), suffix=suffix)
        self._values = attrgetter(*attributes)

    async def put(self, session: AsyncSession, children: Iterable[tuple[str, object]]) -> None:
        """Insert the children of orders, each with its order's id."""
        rows = [(order_id, *self._values(child)) for order_id, child in children]
        await self._statement.run(session, rows)


_LINE = (
    "line_no",
    "sku",
    "name",
    "quantity",
    "unit_price",
    "discount_minor",
    "amount_minor",
    "is_gift",
    "stated_sku",
)
_line_of = attrgetter(*_LINE)
_INSERT_LINES = insertion(
    _tables[LineRow.__tablename__], ("order_id", "store_id", "placed_at", "shelf", *_LINE)
)
_PAYMENTS = _Children(
    PaymentRow,
    (
        "external_id",
        "payment_id",
        "amount_minor",
        "stated_minor",
        "paid_at",
        "method",
        "channel",
        "instalments",
    ),
    "ON CONFLICT (order_id, external_id) DO UPDATE SET amount_minor = EXCLUDED.amount_minor",
)
_SHIPMENTS = _Children(
    ShipmentRow,
    (
        "external_id",
        "shipment_id",
        "courier",
        "waybill",
        "shipped_at",
        "weight_grams",
        "is_complete",
        "tracking_state",
        "tracked_at",
        "stall_told_at",
    ),
    """
        ON CONFLICT (order_id, external_id) DO UPDATE
        SET tracking_state = EXCLUDED.tracking_state, tracked_at = EXCLUDED.tracked_at,
            stall_told_at = EXCLUDED.stall_told_at
    """,
)
_REFUNDS = _Children(
    RefundRow,
    (
        "external_id",
        "refund_id",
        "amount_minor",
        "postage_minor",
        "reason",
        "with_return",
        "requested_at",
        "approved_at",
        "rejected_at",
        "paid_at",
        "is_time_assumed",
        "reason_kind",
        "is_quality_fault",
        "case_id",
        "is_disputed",
        "urgent_at",
    ),
    """
        ON CONFLICT (order_id, external_id) DO UPDATE
        SET reason = EXCLUDED.reason, approved_at = EXCLUDED.approved_at,
            rejected_at = EXCLUDED.rejected_at, paid_at = EXCLUDED.paid_at,
            reason_kind = EXCLUDED.reason_kind, is_quality_fault = EXCLUDED.is_quality_fault,
            case_id = EXCLUDED.case_id, is_disputed = EXCLUDED.is_disputed,
            urgent_at = EXCLUDED.urgent_at
    """,
)
_NOTES = _Children(NoteRow, ("at", "staff", "kind", "text", "flag", "sealed"))
_INSERT_SHIPMENT_LINES = insertion(
    _tables[ShipmentLineRow.__tablename__],
    ("order_id", "external_id", "line_no", "quantity"),
    suffix="ON CONFLICT (order_id, external_id, line_no) DO NOTHING",
)
_INSERT_REFUND_LINES = insertion(
    _tables[RefundLineRow.__tablename__],
    ("order_id", "external_id", "line_no", "quantity", "amount_minor"),
    suffix="ON CONFLICT (order_id, external_id, line_no) DO NOTHING",
)


async def put_children(session: AsyncSession, changed: Sequence[Changes]) -> None:
    """Store what of these orders' lines, payments, parcels, refunds and notes changed."""
    ids = [c.order.order_id for c in changed if c.has_new_lines and not c.is_new]
    if ids:
        await session.execute(_DELETE_LINES, {"ids": ids})
    payments = [(c.order.order_id, row) for c in changed for row in c.payments.values()]
    shipments = [(c.order.order_id, row) for c in changed for row in c.shipments.values()]
    refunds = [(c.order.order_id, row) for c in changed for row in c.refunds.values()]
    await _INSERT_LINES.run(session, [row for c in changed if c.has_new_lines for row in _lines(c)])
    await _NOTES.put(session, [(c.order.order_id, note) for c in changed for note in c.notes])
    await _PAYMENTS.put(session, payments)
    await _SHIPMENTS.put(session, shipments)
    await _INSERT_SHIPMENT_LINES.run(
        session,
        [
            (order_id, row.external_id, part.line_no, part.quantity)
            for order_id, row in shipments
            for part in row.lines or ()
        ],
    )
    await _REFUNDS.put(session, refunds)
    await _INSERT_REFUND_LINES.run(
        session,
        [
            (order_id, row.external_id, part.line_no, part.quantity, part.amount_minor)
            for order_id, row in refunds
            for part in row.lines
        ],
    )


async def move_lines(session: AsyncSession, order_ids: Sequence[str]) -> None:
    """Let the lines of these orders stand where the orders stand, so that they are found there."""
    if order_ids:
        await session.execute(_MOVE_LINES, {"ids": list(order_ids)})


def _lines(changes: Changes) -> Iterable[tuple[object, ...]]:
    order = changes.order
    place = order.order_id, order.store_id, order.placed_at, order.shelf
    return [(*place, *_line_of(line)) for line in order.lines]
