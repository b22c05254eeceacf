"""Columns and indexes by which orders are searched."""

from alembic import op

revision = "orders_0009"
down_revision = "orders_0008"
branch_labels = None
depends_on = None

SHELF = "CASE WHEN archived_at IS NULL THEN status ELSE 'archived '::text || status END"
PAYMENT_STATUS = """
    CASE
        WHEN refunded_minor > 0 AND refunded_minor = paid_minor THEN 'refunded'::text
        WHEN refunded_minor > 0 THEN 'part_refunded'::text
        WHEN paid_at IS NOT NULL THEN 'paid'::text
        WHEN paid_minor > 0 THEN 'part_paid'::text
        ELSE 'unpaid'::text
    END
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE payments ADD COLUMN channel text")
    op.execute(f"""
        ALTER TABLE orders
            ADD COLUMN archived_at timestamptz,
            ADD COLUMN payment_method text,
            ADD COLUMN payment_channel text,
            ADD COLUMN shelf text NOT NULL GENERATED ALWAYS AS ({SHELF}) STORED,
            ADD COLUMN payment_status text NOT NULL GENERATED ALWAYS AS ({PAYMENT_STATUS}) STORED
    """)
    op.execute("""
        UPDATE orders SET payment_method = told.method
        FROM (
            SELECT order_id, CASE WHEN min(method) = max(method) THEN min(method) ELSE '' END
                AS method
            FROM payments WHERE method IS NOT NULL GROUP BY order_id
        ) AS told
        WHERE orders.order_id = told.order_id
    """)
    op.execute("""
        ALTER TABLE order_lines
            ADD COLUMN store_id text, ADD COLUMN placed_at timestamptz, ADD COLUMN shelf text
    """)
    op.execute("""
        UPDATE order_lines
        SET store_id = orders.store_id, placed_at = orders.placed_at, shelf = orders.shelf
        FROM orders WHERE orders.order_id = order_lines.order_id
    """)
    op.execute("""
        ALTER TABLE order_lines
            ALTER COLUMN store_id SET NOT NULL,
            ALTER COLUMN placed_at SET NOT NULL,
            ALTER COLUMN shelf SET NOT NULL
    """)
    _index_orders()
    op.execute("""
        CREATE INDEX ix_order_lines_search_sku
        ON order_lines (store_id, sku, shelf, placed_at, order_id) WHERE sku IS NOT NULL
    """)


def _index_orders() -> None:
    for column in ("buyer_account_hash", "buyer_name_hash", "buyer_phone_hash"):
        op.execute(f"DROP INDEX ix_orders_{column}")
    op.execute("""
        CREATE INDEX ix_orders_search_shelf
        ON orders (store_id, shelf, placed_at, order_id) INCLUDE (kind)
    """)
    for column in ("agent", "province", "flag", "payment_method", "payment_channel"):
        op.execute(f"""
            CREATE INDEX ix_orders_search_{column}
            ON orders (store_id, {column}, shelf, placed_at, order_id)
            WHERE {column} IS NOT NULL
        """)
    op.execute("""
        CREATE INDEX ix_orders_search_payment_status
        ON orders (store_id, payment_status, shelf, placed_at, order_id)
    """)
    op.execute("""
        CREATE INDEX ix_orders_search_kind ON orders (store_id, kind, shelf, placed_at, order_id)
        WHERE kind <> 'normal'
    """)
    for column in ("paid_at", "shipped_at"):
        op.execute(f"""
            CREATE INDEX ix_orders_search_{column} ON orders (store_id, shelf, {column}, order_id)
            WHERE {column} IS NOT NULL
        """)
    op.execute("""
        CREATE INDEX ix_orders_search_buyer_account
        ON orders (buyer_account_hash, store_id, shelf, placed_at, order_id) INCLUDE (paid_at)
        WHERE buyer_account_hash IS NOT NULL
    """)
    for column in ("name", "phone"):
        op.execute(f"""
            CREATE INDEX ix_orders_search_buyer_{column}
            ON orders (buyer_{column}_hash, store_id, shelf, placed_at, order_id)
            WHERE buyer_{column}_hash IS NOT NULL
        """)
