"""What stores sell: items with their SKUs, and what each store may sell of a SKU."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from services.inventory.tables.goods import SkuRow
from services.inventory.tables.rows import Row


class ListingRow(Row):
    """An item in a store, known to the platform by `item_id`."""

    __tablename__ = "listings"
    __table_args__ = (
        CheckConstraint("status IN ('listed', 'delisted')", name="status_known"),
        Index(None, "updated_at", "store_id", "item_id"),
    )

    store_id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    currency: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]
    approved_by: Mapped[str | None]
    version: Mapped[int]
    source_updated_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ListingSkuRow(Row):
    """A SKU of an item; `set_aside` is as it was told, what is left of it stands in store_skus."""

    __tablename__ = "listing_skus"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "item_id"], ["listings.store_id", "listings.item_id"]),
        Index(None, "sku"),
    )

    store_id: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey(SkuRow.sku), primary_key=True)
    external_sku_id: Mapped[str | None]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    reserve_on: Mapped[str | None]
    set_aside: Mapped[int | None]


class StoreSkuRow(Row):
    """What one store may sell of a SKU, whichever of its items show it.

    `set_aside` is what is left for it alone, `sellable` what its listings were last told to show,
    `channel_quantity` what the channel says it shows.
    """

    __tablename__ = "store_skus"
    __table_args__ = (Index(None, "sku"),)

    store_id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey(SkuRow.sku), primary_key=True)
    item_id: Mapped[str | None]
    is_listed: Mapped[bool]
    reserve_on: Mapped[str | None]
    set_aside: Mapped[int | None]
    sellable: Mapped[int] = mapped_column(BigInteger, server_default="0")
    version: Mapped[int] = mapped_column(server_default="0")
    channel_quantity: Mapped[int | None] = mapped_column(BigInteger)
    channel_reported_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
