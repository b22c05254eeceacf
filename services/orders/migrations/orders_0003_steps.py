"""The house's work between payment and parcel, what holds an order, and what was reminded of."""

from alembic import op

revision = "orders_0003"
down_revision = "orders_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN verified_at timestamptz,
            ADD COLUMN audited_at timestamptz,
            ADD COLUMN printed_at timestamptz,
            ADD COLUMN picked_at timestamptz,
            ADD COLUMN checked_at timestamptz,
            ADD COLUMN packed_at timestamptz,
            ADD COLUMN followed_up_at timestamptz,
            ADD COLUMN held_for text,
            ADD COLUMN hold_reason text,
            ADD COLUMN held_at timestamptz
    """)
    op.execute("DROP INDEX ix_orders_open")
    op.execute("""
        CREATE INDEX ix_orders_open ON orders (store_id, status, placed_at)
        WHERE shipped_at IS NULL AND delivered_at IS NULL AND cancelled_at IS NULL
          AND NOT is_backfill
    """)
    op.execute("""
        CREATE INDEX ix_orders_to_follow_up ON orders (store_id, delivered_at)
        WHERE followed_up_at IS NULL AND NOT is_backfill
    """)
    op.execute("""
        CREATE INDEX ix_orders_in_refund ON orders (store_id, placed_at)
        WHERE claimed_minor > refunded_minor AND NOT is_backfill
    """)
    op.execute("""
        CREATE TABLE order_reminders (
            order_id text NOT NULL CONSTRAINT fk_order_reminders_order_id REFERENCES orders,
            kind text NOT NULL,
            stated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_order_reminders PRIMARY KEY (order_id, kind)
        )
    """)
