"""Invoices; title and tax number are personal data and sealed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row

WAITING = "issued_at IS NULL AND withdrawn_at IS NULL"
"""Where an invoice is still to be written."""


class InvoiceRow(Row):
    """A request for an invoice and what became of it; `doubt` says what is unclear of it."""

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        Index(None, "order_id"),
        Index(
            "ix_invoices_waiting",
            "store_id",
            "requested_at",
            "invoice_id",
            postgresql_where=text(WAITING),
        ),
    )

    invoice_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    store_id: Mapped[str]
    kind: Mapped[str]
    title: Mapped[bytes | None]
    tax_number: Mapped[bytes | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    doubt: Mapped[str | None]
    requested_at: Mapped[datetime]
    number: Mapped[str | None]
    issued_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
