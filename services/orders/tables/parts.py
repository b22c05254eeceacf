"""What belongs to an order: lines, payments, parcels, refunds."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row


class LineRow(Row):
    """A line of an order; store, time and shelf are the order's, to be searched by."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index(
            "ix_order_lines_search_sku",
            "store_id",
            "sku",
            "shelf",
            "placed_at",
            "order_id",
            postgresql_where=text("sku IS NOT NULL"),
        ),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str | None]
    name: Mapped[str | None]
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    is_gift: Mapped[bool]
    stated_sku: Mapped[str | None]
    store_id: Mapped[str]
    placed_at: Mapped[datetime]
    shelf: Mapped[str]


class PaymentRow(Row):
    """Money that came in; `stated_minor` is what the source said before any correction."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        CheckConstraint("instalments > 0", name="instalments_positive"),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    stated_minor: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime]
    method: Mapped[str | None]
    channel: Mapped[str | None]
    instalments: Mapped[int | None] = mapped_column(SmallInteger)


class ShipmentRow(Row):
    """A parcel."""

    __tablename__ = "shipments"
    __table_args__ = (Index(None, "waybill"),)

    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    shipment_id: Mapped[str]
    courier: Mapped[str]
    waybill: Mapped[str]
    shipped_at: Mapped[datetime]
    weight_grams: Mapped[int | None]
    is_complete: Mapped[bool]
    tracking_state: Mapped[str | None]
    tracked_at: Mapped[datetime | None]
    stall_told_at: Mapped[datetime | None]


class ShipmentLineRow(Row):
    """How many pieces of a line a parcel holds."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "external_id"], ["shipments.order_id", "shipments.external_id"]
        ),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quantity: Mapped[int]


class RefundRow(Row):
    """Money that goes back, with the three dates of its life."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index(None, "requested_at"),
        Index(
            "ix_refunds_open",
            "order_id",
            postgresql_where=text("paid_at IS NULL AND rejected_at IS NULL"),
        ),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    refund_id: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    postage_minor: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    with_return: Mapped[bool]
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    rejected_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    is_time_assumed: Mapped[bool]
    reason_kind: Mapped[str]
    is_quality_fault: Mapped[bool]
    case_id: Mapped[str | None]
    is_disputed: Mapped[bool]
    urgent_at: Mapped[datetime | None]


class RefundLineRow(Row):
    """What of a line goes back; quantity 0 means money only."""

    __tablename__ = "refund_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "external_id"], ["refunds.order_id", "refunds.external_id"]
        ),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quantity: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
