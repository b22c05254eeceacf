"""Cases beside orders."""

from alembic import op

revision = "orders_0008"
down_revision = "orders_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _problems()


def _problems() -> None:
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN problem_reason text,
            ADD COLUMN problem_at timestamptz
    """)
    op.execute("""
        CREATE INDEX ix_orders_problem ON orders (store_id, placed_at)
        WHERE problem_at IS NOT NULL AND NOT is_backfill
    """)
    op.execute("""
        CREATE TABLE order_problems (
            problem_id text NOT NULL CONSTRAINT pk_order_problems PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_order_problems_order_id REFERENCES orders,
            store_id text NOT NULL,
            status text NOT NULL,
            kind text NOT NULL,
            reason text NOT NULL,
            line_nos integer[] NOT NULL,
            owner_staff text NOT NULL,
            opened_at timestamptz NOT NULL,
            opened_by text NOT NULL,
            closed_at timestamptz,
            closed_by text,
            outcome text,
            closing_note text NOT NULL,
            overdue_stated_at timestamptz
        )
    """)
    op.execute("CREATE INDEX ix_order_problems_order_id ON order_problems (order_id)")
    op.execute("""
        CREATE INDEX ix_order_problems_store_id_opened_at_problem_id
        ON order_problems (store_id, opened_at, problem_id)
    """)
    op.execute("""
        CREATE INDEX ix_order_problems_open ON order_problems (store_id, opened_at)
        WHERE closed_at IS NULL
    """)
