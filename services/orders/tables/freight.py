"""What stores have set of freight: templates, the goods of each, couriers."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.rows import Row


class FreightTemplateRow(Row):
    """A template; `zones` and `default_rate` are the domain's, amounts in minor units.

    The template with `is_default` holds for goods that have none of their own.
    """

    __tablename__ = "freight_templates"
    __table_args__ = (
        CheckConstraint("basis IN ('piece', 'weight')", name="basis_known"),
        Index(
            "ix_freight_templates_default",
            "store_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
    )

    store_id: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    basis: Mapped[str]
    zones: Mapped[list[Any]] = mapped_column(JSONB)
    default_rate: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    default_weight_grams: Mapped[int | None]
    is_default: Mapped[bool]
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FreightSkuRow(Row):
    """Goods that go by a template of their own."""

    __tablename__ = "freight_skus"
    __table_args__ = (
        ForeignKeyConstraint(
            ["store_id", "template"],
            ["freight_templates.store_id", "freight_templates.template"],
            ondelete="CASCADE",
        ),
        Index(None, "store_id", "template"),
    )

    store_id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    template: Mapped[str]


class CourierRow(Row):
    """A courier of a store; `courier_key` is what all spellings of its name share."""

    __tablename__ = "couriers"
    __table_args__ = (CheckConstraint("reach IN ('only', 'all_but')", name="reach_known"),)

    store_id: Mapped[str] = mapped_column(primary_key=True)
    courier_key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    reach: Mapped[str]
    regions: Mapped[list[Any]] = mapped_column(JSONB)
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
