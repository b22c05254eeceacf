"""What inventory said of orders' stock."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.rows import Row


class OrderStockRow(Row):
    """Whether the goods of an order are set aside: inventory's last word, told at `stated_at`."""

    __tablename__ = "order_stock"
    __table_args__ = (
        Index("ix_order_stock_rejected", "order_id", postgresql_where=text("state = 'rejected'")),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    reason: Mapped[str]
    short: Mapped[list[Any]] = mapped_column(JSONB)
    expires_at: Mapped[datetime | None]
    stated_at: Mapped[datetime]
