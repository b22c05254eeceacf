"""What is kept beside orders: receipts, notes, what was told of them."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row


class ReceiptRow(Row):
    """The last event of one accepted write; the receipt is the pair."""

    __tablename__ = "order_receipts"

    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    event_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    accepted_at: Mapped[datetime] = mapped_column(server_default=func.now())


class NoteRow(Row):
    """What somebody wrote on an order."""

    __tablename__ = "order_notes"
    __table_args__ = (Index(None, "order_id", "note_id"),)

    note_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    at: Mapped[datetime]
    staff: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str]
    flag: Mapped[str | None]
    sealed: Mapped[bytes | None]


class ReminderRow(Row):
    """That an order was told of when it came onto a working list."""

    __tablename__ = "order_reminders"

    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    stated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DigestedUntilRow(Row):
    """The one row that notes when the tables were last told to readers."""

    __tablename__ = "digested_until"
    __table_args__ = (CheckConstraint("is_only", name="is_only"),)

    is_only: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    until: Mapped[datetime]
