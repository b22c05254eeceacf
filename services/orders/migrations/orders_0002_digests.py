"""Up to where the tables were told to readers, and the way to the orders of an hour."""

from alembic import op

revision = "orders_0002"
down_revision = "orders_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE INDEX ix_orders_store_id_placed_at ON orders (store_id, placed_at)")
    op.execute("""
        CREATE TABLE digested_until (
            is_only boolean NOT NULL DEFAULT true CONSTRAINT pk_digested_until PRIMARY KEY,
            until timestamptz NOT NULL,
            CONSTRAINT ck_digested_until_is_only CHECK (is_only)
        )
    """)
