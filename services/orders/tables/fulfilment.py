"""What is kept of parcels beside their orders."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.orders import OrderRow
from services.orders.tables.rows import Row


class DocumentRow(Row):
    """How often a document of an order was printed."""

    __tablename__ = "order_documents"

    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    copies: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_by: Mapped[str]


class ParcelRow(Row):
    """A parcel that is planned, or printed with a waybill of its own."""

    __tablename__ = "parcels"

    parcel_id: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    is_planned: Mapped[bool]
    courier: Mapped[str | None]
    waybill: Mapped[str | None]
    weight_grams: Mapped[int | None]
    printed_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ParcelLineRow(Row):
    """How many pieces of an order's line a parcel holds."""

    __tablename__ = "parcel_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index(None, "order_id"),
    )

    parcel_id: Mapped[str] = mapped_column(ForeignKey("parcels.parcel_id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey(OrderRow.order_id), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quantity: Mapped[int]


class WaybillNumberRow(Row):
    """A waybill number of a courier for a store: free, or given to an order for ever."""

    __tablename__ = "waybill_numbers"
    __table_args__ = (
        CheckConstraint("(taken_at IS NULL) = (order_id IS NULL)", name="taken_by_an_order"),
        Index(
            "ix_waybill_numbers_free",
            "store_id",
            "courier",
            "place",
            postgresql_where=text("taken_at IS NULL"),
        ),
    )

    courier: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    place: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    order_id: Mapped[str | None] = mapped_column(ForeignKey(OrderRow.order_id))
    taken_at: Mapped[datetime | None]


class TrackingMoveRow(Row):
    """What a courier reported of a waybill; a report is known by all but its words."""

    __tablename__ = "tracking_moves"

    courier: Mapped[str] = mapped_column(primary_key=True)
    waybill: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[str]
    text: Mapped[str]
