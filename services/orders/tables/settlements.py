"""Settlements, and what became of the lines of their bills."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.rows import Row


class SettlementRow(Row):
    """What a platform paid out; `content_hash` tells a repetition from another word."""

    __tablename__ = "settlements"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        CheckConstraint("settled_minor = gross_minor - fee_minor", name="adds_up"),
        CheckConstraint("to_day >= from_day", name="days_in_order"),
        Index(None, "store_id", "to_day"),
    )

    settlement_id: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    external_id: Mapped[str]
    currency: Mapped[str]
    from_day: Mapped[date] = mapped_column(Date)
    to_day: Mapped[date] = mapped_column(Date)
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger)
    settled_minor: Mapped[int] = mapped_column(BigInteger)
    expected_minor: Mapped[int] = mapped_column(BigInteger)
    order_count: Mapped[int]
    is_matched: Mapped[bool]
    received_at: Mapped[datetime]
    content_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SettlementLineRow(Row):
    """A line of a bill held against its order, or an order that the bill lacks."""

    __tablename__ = "settlement_lines"

    settlement_id: Mapped[str] = mapped_column(
        ForeignKey(SettlementRow.settlement_id), primary_key=True
    )
    external_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str | None]
    finding: Mapped[str]
    billed_minor: Mapped[int | None] = mapped_column(BigInteger)
    expected_minor: Mapped[int | None] = mapped_column(BigInteger)
