"""Cases beside orders; a column is named as the attribute it keeps."""

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

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
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.order_id"))
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
