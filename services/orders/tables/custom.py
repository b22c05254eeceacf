"""What was agreed on with buyers of custom-made goods."""

from datetime import datetime

from sqlalchemy import ARRAY, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row


class CustomWorkRow(Row):
    """An agreement on lines of an order; a later one on the same lines replaces it."""

    __tablename__ = "custom_works"
    __table_args__ = (Index(None, "order_id"),)

    specification_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id))
    line_nos: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    specification: Mapped[str]
    supplier_id: Mapped[str | None]
    deliver_by: Mapped[datetime]
    agreed_at: Mapped[datetime]
    staff: Mapped[str]
    replaced_at: Mapped[datetime | None]
