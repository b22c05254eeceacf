"""Orders that were paid more than they cost, or less and count as paid, and instalments."""

from alembic import op

revision = "orders_0015"
down_revision = "orders_0014"
branch_labels = None
depends_on = None

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


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE payments ADD COLUMN instalments smallint")
    op.execute("""
        ALTER TABLE payments ADD CONSTRAINT ck_payments_instalments_positive
        CHECK (instalments > 0)
    """)
    op.execute("ALTER TABLE orders DROP CONSTRAINT ck_orders_paid_within_total")
    op.execute("""
        ALTER TABLE orders ADD CONSTRAINT ck_orders_paid_not_negative CHECK (paid_minor >= 0)
    """)
    op.execute("ALTER TABLE orders DROP COLUMN payment_status")  # and its index
    op.execute(f"""
        ALTER TABLE orders
            ADD COLUMN payment_status text NOT NULL GENERATED ALWAYS AS ({PAYMENT_STATUS}) STORED
    """)
    op.execute("""
        CREATE INDEX ix_orders_search_payment_status
        ON orders (store_id, payment_status, shelf, placed_at, order_id)
    """)
