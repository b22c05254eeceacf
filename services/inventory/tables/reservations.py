"""What is set aside, and for whom; and goods that orders name but nobody keeps here."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.tables.rows import Row


class ReservationRow(Row):
    """A reservation; its columns are those of the domain's."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint(
            "status IN ('held', 'confirmed', 'rejected', 'released', 'issued')",
            name="status_known",
        ),
        Index(
            "uq_reservations_store_id_external_id",
            "store_id",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(None, "order_id"),
        Index(None, "created_at", "reservation_id"),
        Index(
            "ix_reservations_expiring",
            "expires_at",
            postgresql_where=text("status = 'held'"),
        ),
        Index(
            "ix_reservations_open",
            "store_id",
            postgresql_where=text("status IN ('held', 'confirmed', 'rejected')"),
        ),
    )

    reservation_id: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    order_id: Mapped[str | None]
    case_id: Mapped[str | None]
    external_id: Mapped[str | None]
    status: Mapped[str]
    reserve_on: Mapped[str]
    wanted: Mapped[list[Any]] = mapped_column(JSONB)
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    short: Mapped[list[Any]] = mapped_column(JSONB)
    reason: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    refunds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_paid: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class UntrackedRow(Row):
    """A code that orders of a store name and that is no SKU here: it can't run out."""

    __tablename__ = "untracked_goods"

    store_id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    orders: Mapped[int] = mapped_column(BigInteger)
    pieces: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_order_id: Mapped[str]
