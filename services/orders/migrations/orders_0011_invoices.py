"""Invoices."""

from alembic import op

revision = "orders_0011"
down_revision = "orders_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE invoices (
            invoice_id text NOT NULL CONSTRAINT pk_invoices PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_invoices_order_id REFERENCES orders,
            store_id text NOT NULL,
            kind text NOT NULL,
            title bytea,
            tax_number bytea,
            amount_minor bigint NOT NULL,
            doubt text,
            requested_at timestamptz NOT NULL,
            number text,
            issued_at timestamptz,
            withdrawn_at timestamptz,
            CONSTRAINT ck_invoices_amount_positive CHECK (amount_minor > 0)
        )
    """)
    op.execute("CREATE INDEX ix_invoices_order_id ON invoices (order_id)")
    op.execute("""
        CREATE INDEX ix_invoices_waiting ON invoices (store_id, requested_at, invoice_id)
        WHERE issued_at IS NULL AND withdrawn_at IS NULL
    """)
