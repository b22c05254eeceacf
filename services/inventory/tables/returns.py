"""Goods that are expected back, and what was found of those that came."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.tables.rows import Row


class ExpectedReturnRow(Row):
    """Goods of a case that buyers send back; `waybill` is theirs once they did."""

    __tablename__ = "expected_returns"
    __table_args__ = (
        Index(
            "ix_expected_returns_open",
            "store_id",
            "agreed_at",
            postgresql_where=text("inspected_at IS NULL AND closed_at IS NULL"),
        ),
    )

    case_id: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    order_id: Mapped[str]
    kind: Mapped[str]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    warehouse_id: Mapped[str | None]
    courier: Mapped[str | None]
    waybill: Mapped[str | None]
    agreed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    inspected_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class InspectionRow(Row):
    """What was found of goods that came back; `external_id` makes a repeated word harmless."""

    __tablename__ = "inspections"
    __table_args__ = (
        Index("uq_inspections_store_id_external_id", "store_id", "external_id", unique=True),
        Index(None, "inspected_at", "inspection_id"),
    )

    inspection_id: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    external_id: Mapped[str]
    order_id: Mapped[str]
    case_id: Mapped[str | None]
    warehouse_id: Mapped[str]
    waybill: Mapped[str | None]
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    is_intact: Mapped[bool]
    inspected_by: Mapped[str]
    inspected_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
