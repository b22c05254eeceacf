"""The ledger, which is only added to, and the balances that follow from it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.tables.goods import SkuRow, WarehouseRow
from services.inventory.tables.rows import Row


class MovementRow(Row):
    """A row of the ledger; a trigger refuses to change or delete it.

    Rows of one level are numbered in the order of their commits. A correction is another row, and
    a row is corrected once.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="moves"),
        CheckConstraint(
            "bucket IN ('on_hand', 'reserved', 'quarantine', 'in_transit')", name="bucket_known"
        ),
        Index(
            "uq_stock_movements_external_id",
            "source",
            "external_id",
            "leg",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index(
            "uq_stock_movements_corrects",
            "corrects",
            unique=True,
            postgresql_where=text("corrects IS NOT NULL"),
        ),
        Index(None, "sku", "warehouse_id", "occurred_at"),
        Index(None, "booked_at", "movement_id"),
    )

    movement_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    bucket: Mapped[str]
    warehouse_id: Mapped[str]
    sku: Mapped[str]
    quantity: Mapped[int]
    occurred_at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    leg: Mapped[int] = mapped_column(SmallInteger)
    reference: Mapped[str | None]
    reason: Mapped[str | None]
    store_id: Mapped[str | None]
    order_id: Mapped[str | None]
    reservation_id: Mapped[str | None]
    corrects: Mapped[int | None] = mapped_column(BigInteger)
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    caller: Mapped[str]


class BalanceRow(Row):
    """A level: the sums of the ledger's rows, kept; a row is locked before its key is booked.

    `safety_units` None leaves `safety_stock` to the warehouse; `alert_level` only warns.
    """

    __tablename__ = "stock_balances"
    __table_args__ = (
        UniqueConstraint("balance_id"),
        Index(None, "sku"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    warehouse_id: Mapped[str] = mapped_column(
        ForeignKey(WarehouseRow.warehouse_id), primary_key=True
    )
    sku: Mapped[str] = mapped_column(ForeignKey(SkuRow.sku), primary_key=True)
    balance_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    on_hand: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reserved: Mapped[int] = mapped_column(BigInteger, server_default="0")
    quarantine: Mapped[int] = mapped_column(BigInteger, server_default="0")
    in_transit: Mapped[int] = mapped_column(BigInteger, server_default="0")
    safety_stock: Mapped[int] = mapped_column(BigInteger, server_default="0")
    available: Mapped[int] = mapped_column(
        BigInteger, Computed("on_hand - reserved - safety_stock", persisted=True)
    )
    safety_units: Mapped[int | None]
    alert_level: Mapped[int | None]
    unit_cost: Mapped[Decimal | None]
    version: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
