"""What inventory said last of the stock of orders."""

from alembic import op

revision = "orders_0014"
down_revision = "orders_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE order_stock (
            order_id text NOT NULL CONSTRAINT pk_order_stock PRIMARY KEY,
            state text NOT NULL,
            reason text NOT NULL,
            short jsonb NOT NULL,
            expires_at timestamptz,
            stated_at timestamptz NOT NULL
        )
    """)
    op.execute("""
        CREATE INDEX ix_order_stock_rejected ON order_stock (order_id) WHERE state = 'rejected'
    """)
