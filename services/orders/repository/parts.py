"""The lines, payments, parcels and refunds of orders: one statement, whatever their number."""

from collections.abc import Sequence
from dataclasses import fields

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.domain.parts import (
    Line,
    Payment,
    Refund,
    RefundLine,
    Shipment,
    ShippedLine,
)
from services.orders.tables.parts import (
    LineRow,
    PaymentRow,
    RefundLineRow,
    RefundRow,
    ShipmentLineRow,
    ShipmentRow,
)
from services.orders.tables.rows import Row


class _Parts(msgspec.Struct, frozen=True):
    """What belongs to one order, in the order of its coming."""

    lines: list[Line]
    payments: list[Payment]
    shipments: list[Shipment]
    refunds: list[Refund]


_decoder = msgspec.json.Decoder(_Parts)


async def load_parts(session: AsyncSession, orders: Sequence[Order]) -> None:
    """Fill in the lines, payments, parcels and refunds of orders.

    They are read after the orders are locked, where they are: a statement that waits for a lock
    sees what stood in other tables before it waited.
    """
    if not orders:
        return
    found = await session.execute(_LOAD, {"ids": [order.order_id for order in orders]})
    parts = {order_id: _decoder.decode(document) for order_id, document in found}
    for order in orders:
        of_order = parts[order.order_id]
        order.lines = of_order.lines
        order.payments = of_order.payments
        order.shipments = of_order.shipments
        order.refunds = of_order.refunds


def _number(column: str) -> str:
    """Return the number at the end of a part's id."""
    return f"CAST(substring({column} FROM '[0-9]+$') AS bigint)"


def _array(row_class: type[Row], part: type, *, by: str, parent: str, held: str = "") -> str:
    """Return one JSON array: a parent's rows, by the names of the part's fields."""
    table = row_class.metadata.tables[row_class.__tablename__]
    names = [field.name for field in fields(part) if field.name in table.c]
    columns = ", ".join(names)
    return f"""coalesce((
        SELECT json_agg(part ORDER BY {by})
        FROM (SELECT {columns} {held} FROM {table.name} WHERE {parent}) AS part
    ), '[]')"""  # noqa: S608 - made of our own words


def _held(row_class: type[Row], part: type, parent: str) -> str:
    """Return the rows of a part's own lines as one of its fields."""
    name = row_class.__tablename__
    belongs = f"""{name}.order_id = wanted.order_id
        AND {name}.external_id = {parent}.external_id"""
    return f", {_array(row_class, part, by='line_no', parent=belongs)} AS lines"


_OF_ORDER = "order_id = wanted.order_id"
_LOAD = text(f"""
    SELECT wanted.order_id, CAST(json_build_object(
        'lines', {_array(LineRow, Line, by="line_no", parent=_OF_ORDER)},
        'payments', {_array(PaymentRow, Payment, by=_number("payment_id"), parent=_OF_ORDER)},
        'shipments', {
    _array(
        ShipmentRow,
        Shipment,
        by=_number("shipment_id"),
        parent=_OF_ORDER,
        held=_held(ShipmentLineRow, ShippedLine, "shipments"),
    )
},
        'refunds', {
    _array(
        RefundRow,
        Refund,
        by=_number("refund_id"),
        parent=_OF_ORDER,
        held=_held(RefundLineRow, RefundLine, "refunds"),
    )
}
    ) AS text)
    FROM unnest(CAST(:ids AS text[])) AS wanted (order_id)
""")  # noqa: S608 - as above
