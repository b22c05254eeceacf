"""What staff took off prices."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row


class PriceChangeRow(Row):
    """A change of price by staff; superseded when the source gave the order another price."""

    __tablename__ = "price_changes"
    __table_args__ = (Index(None, "order_id"), Index(None, "store_id", "at", "change_id"))

    change_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    store_id: Mapped[str]
    at: Mapped[datetime]
    staff: Mapped[str]
    reason: Mapped[str]
    goods_minor: Mapped[int] = mapped_column(BigInteger)
    postage_minor: Mapped[int] = mapped_column(BigInteger)
    total_before_minor: Mapped[int] = mapped_column(BigInteger)
    total_after_minor: Mapped[int] = mapped_column(BigInteger)
    original_total_minor: Mapped[int] = mapped_column(BigInteger)
    superseded_at: Mapped[datetime | None]
