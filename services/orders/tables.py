"""Rows of orders and what belongs to them; money in minor units of the order's currency."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeEngine

from shared.db.engine import new_metadata


class Row(DeclarativeBase):
    """The base of this service's rows."""

    metadata: ClassVar[MetaData] = new_metadata()
    type_annotation_map: ClassVar[dict[type, TypeEngine[Any]]] = {
        str: Text(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(),
    }


OPEN = "shipped_at IS NULL AND delivered_at IS NULL AND cancelled_at IS NULL"
"""Where something is still to be done in the house."""


class OrderRow(Row):
    """An order; `claimed_minor` is what its standing refunds ask for, paid out or not.

    The columns from `verified_at` to `urgent_at` are the house's work on it.

    A buyer's account, name, phone and address are sealed, each beside its keyed hash.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        CheckConstraint("paid_minor BETWEEN 0 AND total_minor", name="paid_within_total"),
        CheckConstraint(
            "claimed_minor BETWEEN refunded_minor AND paid_minor", name="claimed_within_paid"
        ),
        CheckConstraint("refunded_minor >= 0", name="refunded_not_negative"),
        Index(None, "updated_at", "order_id"),
        Index(None, "store_id", "updated_at", "order_id"),
        Index(None, "store_id", "placed_at"),
        *(
            Index(None, column, postgresql_where=text(f"{column} IS NOT NULL"))
            for column in ("buyer_account_hash", "buyer_name_hash", "buyer_phone_hash")
        ),
        Index(
            "ix_orders_to_follow_up",
            "store_id",
            "delivered_at",
            postgresql_where=text("followed_up_at IS NULL AND NOT is_backfill"),
        ),
        Index(
            "ix_orders_in_refund",
            "store_id",
            "placed_at",
            postgresql_where=text("claimed_minor > refunded_minor AND NOT is_backfill"),
        ),
        Index(
            "ix_orders_open",
            "store_id",
            "status",
            "placed_at",
            postgresql_where=text(f"{OPEN} AND NOT is_backfill"),
        ),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    external_id: Mapped[str]
    kind: Mapped[str]
    currency: Mapped[str]
    status: Mapped[str]
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str]
    verified_at: Mapped[datetime | None]
    audited_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
    picked_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    packed_at: Mapped[datetime | None]
    followed_up_at: Mapped[datetime | None]
    held_for: Mapped[str | None]
    hold_reason: Mapped[str | None]
    held_at: Mapped[datetime | None]
    flag: Mapped[str | None]
    urgent_at: Mapped[datetime | None]
    postage_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger)
    claimed_minor: Mapped[int] = mapped_column(BigInteger)
    buyer_account: Mapped[bytes | None]
    buyer_account_hash: Mapped[str | None]
    buyer_name: Mapped[bytes | None]
    buyer_name_hash: Mapped[str | None]
    buyer_phone: Mapped[bytes | None]
    buyer_phone_hash: Mapped[str | None]
    buyer_address: Mapped[bytes | None]
    buyer_address_hash: Mapped[str | None]
    province: Mapped[str | None]
    city: Mapped[str | None]
    agent: Mapped[str | None]
    is_backfill: Mapped[bool]
    source_updated_at: Mapped[datetime | None]
    content_hash: Mapped[bytes | None]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class LineRow(Row):
    """A line of an order."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sku: Mapped[str | None]
    name: Mapped[str | None]
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    is_gift: Mapped[bool]


class PaymentRow(Row):
    """Money that came in; `stated_minor` is what the source said before any correction."""

    __tablename__ = "payments"
    __table_args__ = (CheckConstraint("amount_minor >= 0", name="amount_not_negative"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    stated_minor: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime]
    method: Mapped[str | None]


class ShipmentRow(Row):
    """A parcel."""

    __tablename__ = "shipments"
    __table_args__ = (Index(None, "waybill"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    shipment_id: Mapped[str]
    courier: Mapped[str]
    waybill: Mapped[str]
    shipped_at: Mapped[datetime]
    weight_grams: Mapped[int | None]
    is_complete: Mapped[bool]


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
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
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


class ReceiptRow(Row):
    """The last event of one accepted write; the receipt is the pair."""

    __tablename__ = "order_receipts"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    accepted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class NoteRow(Row):
    """What somebody wrote on an order."""

    __tablename__ = "order_notes"
    __table_args__ = (Index(None, "order_id", "note_id"),)

    note_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"))
    at: Mapped[datetime]
    staff: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str]
    flag: Mapped[str | None]


class ReminderRow(Row):
    """That an order was told of when it came onto a working list."""

    __tablename__ = "order_reminders"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    stated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DigestedUntilRow(Row):
    """The one row that notes when the tables were last told to readers."""

    __tablename__ = "digested_until"
    __table_args__ = (CheckConstraint("is_only", name="is_only"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    until: Mapped[datetime]
