"""What is kept, and where: SKUs with their components, warehouses."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.tables.rows import Row


class WarehouseRow(Row):
    """A warehouse; its columns are those of the domain's."""

    __tablename__ = "warehouses"
    __table_args__ = (
        CheckConstraint("kind = 'own' OR kind = 'jd' AND store_id IS NOT NULL", name="kind_known"),
    )

    warehouse_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    store_id: Mapped[str | None]
    currency: Mapped[str]
    timezone: Mapped[str]
    day_start: Mapped[int]
    safety_units: Mapped[int | None]
    rank: Mapped[int]
    is_active: Mapped[bool]
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SkuRow(Row):
    """A SKU; `cost_minor` is the latest price of purchase."""

    __tablename__ = "skus"
    __table_args__ = (
        Index(
            "uq_skus_barcode", "barcode", unique=True, postgresql_where=text("barcode IS NOT NULL")
        ),
        Index(None, "item_number"),
        Index(None, "updated_at", "sku"),
    )

    sku: Mapped[str] = mapped_column(primary_key=True)
    item_number: Mapped[str]
    title: Mapped[str]
    size: Mapped[str | None]
    colour: Mapped[str | None]
    barcode: Mapped[str | None]
    category: Mapped[str | None]
    weight_grams: Mapped[int | None]
    is_active: Mapped[bool]
    version: Mapped[int]
    source_updated_at: Mapped[datetime | None]
    cost_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    first_received_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ComponentRow(Row):
    """Pieces of a SKU in a bundle."""

    __tablename__ = "sku_components"
    __table_args__ = (Index(None, "component"),)

    sku: Mapped[str] = mapped_column(ForeignKey(SkuRow.sku), primary_key=True)
    component: Mapped[str] = mapped_column(ForeignKey(SkuRow.sku), primary_key=True)
    place: Mapped[int]
    quantity: Mapped[int]
