"""By what orders are searched: columns made of others, and an index for each question.

Behind its equalities every index has moment and id, in whose order pages are read: a page costs
what it holds, however many orders there are. What is usual is in no index of its own but stands in
that of the shelves.
"""

from sqlalchemy import Index, text

SHELF = "CASE WHEN archived_at IS NULL THEN status ELSE 'archived '::text || status END"
"""Where an order stands: its status, apart for those in the archive."""

PAYMENT_STATUS = """
    CASE
        WHEN refunded_minor > 0 AND refunded_minor = paid_minor THEN 'refunded'::text
        WHEN refunded_minor > 0 THEN 'part_refunded'::text
        WHEN paid_at IS NOT NULL AND paid_minor > total_minor THEN 'overpaid'::text
        WHEN paid_at IS NOT NULL AND paid_minor < total_minor THEN 'underpaid'::text
        WHEN paid_at IS NOT NULL THEN 'paid'::text
        WHEN paid_minor > 0 THEN 'part_paid'::text
        ELSE 'unpaid'::text
    END
"""
"""What came in and went back (款项状态)."""

USUAL = {"kind": "normal"}
"""What nearly every order is."""


def _within_store(column: str, condition: str | None = None) -> Index:
    return Index(
        f"ix_orders_search_{column}",
        "store_id",
        column,
        "shelf",
        "placed_at",
        "order_id",
        postgresql_where=None if condition is None else text(condition),
    )


def _of_buyer(column: str, *included: str) -> Index:
    return Index(
        f"ix_orders_search_buyer_{column}",
        f"buyer_{column}_hash",
        "store_id",
        "shelf",
        "placed_at",
        "order_id",
        postgresql_where=text(f"buyer_{column}_hash IS NOT NULL"),
        postgresql_include=list(included),
    )


SEARCH_INDEXES = (
    Index(
        "ix_orders_search_shelf",
        "store_id",
        "shelf",
        "placed_at",
        "order_id",
        postgresql_include=list(USUAL),
    ),
    *(
        _within_store(column, f"{column} IS NOT NULL")
        for column in ("agent", "province", "flag", "payment_method", "payment_channel")
    ),
    *(_within_store(column, f"{column} <> '{usual}'") for column, usual in USUAL.items()),
    _within_store("payment_status"),
    *(
        Index(
            f"ix_orders_search_{column}",
            "store_id",
            "shelf",
            column,
            "order_id",
            postgresql_where=text(f"{column} IS NOT NULL"),
        )
        for column in ("paid_at", "shipped_at")
    ),
    _of_buyer("account", "paid_at"),
    _of_buyer("name"),
    _of_buyer("phone"),
)
