"""The way to orders that are ripe for the archive."""

from alembic import op

revision = "orders_0013"
down_revision = "orders_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE INDEX ix_orders_to_archive ON orders (store_id, coalesce(cancelled_at, completed_at))
        WHERE archived_at IS NULL AND coalesce(cancelled_at, completed_at) IS NOT NULL
          AND NOT is_backfill
    """)
