"""Cases beside orders; a column is named as the attribute it keeps."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row


class ProblemRow(Row):
    """A problem of an order; `overdue_stated_at` is when the clock told that it is late."""

    __tablename__ = "order_problems"
    __table_args__ = (
        Index(None, "order_id"),
        Index(None, "store_id", "opened_at", "problem_id"),
        Index(
            "ix_order_problems_open",
            "store_id",
            "opened_at",
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    problem_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    store_id: Mapped[str]
    status: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    line_nos: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    owner_staff: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    outcome: Mapped[str | None]
    closing_note: Mapped[str]
    overdue_stated_at: Mapped[datetime | None]


class AfterSaleRow(Row):
    """A return, an exchange or a repair."""

    __tablename__ = "after_sales"
    __table_args__ = (
        UniqueConstraint("order_id", "external_id"),
        Index(None, "store_id", "opened_at", "case_id"),
        Index("ix_after_sales_open", "order_id", postgresql_where=text("closed_at IS NULL")),
    )

    case_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    store_id: Mapped[str]
    external_id: Mapped[str | None]
    status: Mapped[str]
    kind: Mapped[str]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    reason_kind: Mapped[str]
    reason: Mapped[str]
    pictures: Mapped[list[str]] = mapped_column(ARRAY(Text))
    responsible: Mapped[str]
    is_quality_fault: Mapped[bool]
    shop_freight_minor: Mapped[int] = mapped_column(BigInteger)
    buyer_freight_minor: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    refund_id: Mapped[str | None]
    agreed_at: Mapped[datetime | None]
    warehouse_id: Mapped[str | None]
    sent_back_at: Mapped[datetime | None]
    back_courier: Mapped[str | None]
    back_waybill: Mapped[str | None]
    received_at: Mapped[datetime | None]
    condition: Mapped[str | None]
    inspected_by: Mapped[str | None]
    is_of_inventory: Mapped[bool]
    replaced_at: Mapped[datetime | None]
    replacement_courier: Mapped[str | None]
    replacement_waybill: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    closing_note: Mapped[str]


class DisputeRow(Row):
    """A dispute that the platform decides."""

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("order_id", "external_id"),
        Index(None, "store_id", "opened_at", "dispute_id"),
        Index("ix_disputes_open", "order_id", postgresql_where=text("closed_at IS NULL")),
    )

    dispute_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    store_id: Mapped[str]
    external_id: Mapped[str | None]
    status: Mapped[str]
    kind: Mapped[str]
    reason: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    answer_by: Mapped[datetime | None]
    refund_id: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    ruling: Mapped[str | None]
    closing_note: Mapped[str]


class WrongShipmentRow(Row):
    """Something that was sent wrong; the register is only added to."""

    __tablename__ = "wrong_shipments"
    __table_args__ = (
        Index(None, "order_id"),
        Index(None, "store_id", "registered_at", "register_id"),
    )

    register_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    store_id: Mapped[str]
    shipment_id: Mapped[str | None]
    kind: Mapped[str]
    shipped: Mapped[list[Any]] = mapped_column(JSONB)
    cause: Mapped[str]
    solution: Mapped[str]
    responsible_staff: Mapped[str]
    cost_minor: Mapped[int] = mapped_column(BigInteger)
    registered_at: Mapped[datetime]
    registered_by: Mapped[str]
