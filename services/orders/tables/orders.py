"""Orders."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.orders.tables.rows import Row
from services.orders.tables.search import PAYMENT_STATUS, SEARCH_INDEXES, SHELF

OPEN = "shipped_at IS NULL AND delivered_at IS NULL AND cancelled_at IS NULL"
"""Where something is still to be done in the house."""


UNDER_WAY = (
    "shipped_at IS NOT NULL AND delivered_at IS NULL AND completed_at IS NULL"
    " AND cancelled_at IS NULL"
)
"""Where all has left and nothing has arrived."""


UNSETTLED = (
    "completed_at IS NOT NULL AND cancelled_at IS NULL AND settlement_id IS NULL"
    " AND NOT is_backfill"
)
"""Where the platform still owes what was paid."""


TO_ARCHIVE = (
    "archived_at IS NULL AND coalesce(cancelled_at, completed_at) IS NOT NULL AND NOT is_backfill"
)
"""Where an order is over and not filed yet."""


class OrderRow(Row):
    """An order; `claimed_minor` is what its standing refunds ask for, paid out or not.

    The columns from `verified_at` to `archived_at` are the house's work on it. `payment_method`
    and `payment_channel` are those of its payments, empty where they differ.

    A buyer's account, name, phone and address are sealed, each beside its keyed hash; so are the
    title of the invoice and the text of the card. `overridden` and `original_terms` are JSON of
    `Order.overridden` and `Order.original`.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("store_id", "external_id"),
        CheckConstraint("paid_minor >= 0", name="paid_not_negative"),
        CheckConstraint(
            "claimed_minor BETWEEN refunded_minor AND paid_minor", name="claimed_within_paid"
        ),
        CheckConstraint("refunded_minor >= 0", name="refunded_not_negative"),
        Index(None, "updated_at", "order_id"),
        Index(None, "store_id", "updated_at", "order_id"),
        Index(None, "store_id", "placed_at"),
        *SEARCH_INDEXES,
        Index(
            "ix_orders_to_follow_up",
            "store_id",
            "delivered_at",
            postgresql_where=text("followed_up_at IS NULL AND NOT is_backfill"),
        ),
        Index(
            "ix_orders_under_way",
            "store_id",
            "shipped_at",
            postgresql_where=text(f"{UNDER_WAY} AND NOT is_backfill"),
        ),
        Index(
            "ix_orders_in_refund",
            "store_id",
            "placed_at",
            postgresql_where=text("claimed_minor > refunded_minor AND NOT is_backfill"),
        ),
        Index(
            "ix_orders_problem",
            "store_id",
            "placed_at",
            postgresql_where=text("problem_at IS NOT NULL AND NOT is_backfill"),
        ),
        Index(
            "ix_orders_to_archive",
            "store_id",
            text("coalesce(cancelled_at, completed_at)"),
            postgresql_where=text(TO_ARCHIVE),
        ),
        Index(
            "ix_orders_unsettled",
            "store_id",
            "completed_at",
            postgresql_include=["paid_minor", "refunded_minor"],
            postgresql_where=text(UNSETTLED),
        ),
        Index(
            "ix_orders_open",
            "store_id",
            "status",
            "placed_at",
            postgresql_where=text(f"{OPEN} AND NOT is_backfill"),
        ),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    store_id: Mapped[str]
    external_id: Mapped[str]
    kind: Mapped[str]
    currency: Mapped[str]
    status: Mapped[str]
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str]
    verified_at: Mapped[datetime | None]
    audited_at: Mapped[datetime | None]
    printed_at: Mapped[datetime | None]
    picked_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    packed_at: Mapped[datetime | None]
    followed_up_at: Mapped[datetime | None]
    held_for: Mapped[str | None]
    hold_reason: Mapped[str | None]
    held_at: Mapped[datetime | None]
    problem_reason: Mapped[str | None]
    problem_at: Mapped[datetime | None]
    flag: Mapped[str | None]
    flag_note: Mapped[str | None]
    urgent_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    requested_courier: Mapped[str | None]
    delivery_time: Mapped[str | None]
    invoice_title: Mapped[bytes | None]
    invoice_title_hash: Mapped[str | None]
    card_text: Mapped[bytes | None]
    card_text_hash: Mapped[str | None]
    chaser: Mapped[str | None]
    chased_at: Mapped[datetime | None]
    chase_level: Mapped[str | None]
    chased_order_id: Mapped[str | None]
    overridden: Mapped[str | None]
    courier: Mapped[str | None]
    is_courier_fallback: Mapped[bool] = mapped_column(server_default=text("false"))
    postage_due_minor: Mapped[int | None] = mapped_column(BigInteger)
    waived_postage_minor: Mapped[int | None] = mapped_column(BigInteger)
    original_terms: Mapped[str | None]
    in_transit_at: Mapped[datetime | None]
    postage_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger)
    refunded_minor: Mapped[int] = mapped_column(BigInteger)
    claimed_minor: Mapped[int] = mapped_column(BigInteger)
    buyer_account: Mapped[bytes | None]
    buyer_account_hash: Mapped[str | None]
    buyer_name: Mapped[bytes | None]
    buyer_name_hash: Mapped[str | None]
    buyer_phone: Mapped[bytes | None]
    buyer_phone_hash: Mapped[str | None]
    buyer_address: Mapped[bytes | None]
    buyer_address_hash: Mapped[str | None]
    province: Mapped[str | None]
    city: Mapped[str | None]
    agent: Mapped[str | None]
    payment_method: Mapped[str | None]
    payment_channel: Mapped[str | None]
    archived_at: Mapped[datetime | None]
    settlement_id: Mapped[str | None]
    shelf: Mapped[str] = mapped_column(Computed(SHELF, persisted=True))
    payment_status: Mapped[str] = mapped_column(Computed(PAYMENT_STATUS, persisted=True))
    is_backfill: Mapped[bool]
    source_updated_at: Mapped[datetime | None]
    content_hash: Mapped[bytes | None]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
