"""Agreements on custom-made goods."""

from alembic import op

revision = "orders_0012"
down_revision = "orders_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE custom_works (
            specification_id text NOT NULL CONSTRAINT pk_custom_works PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_custom_works_order_id REFERENCES orders,
            line_nos integer[] NOT NULL,
            specification text NOT NULL,
            supplier_id text,
            deliver_by timestamptz NOT NULL,
            agreed_at timestamptz NOT NULL,
            staff text NOT NULL,
            replaced_at timestamptz
        )
    """)
    op.execute("CREATE INDEX ix_custom_works_order_id ON custom_works (order_id)")
