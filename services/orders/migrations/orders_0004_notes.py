"""Notes, flags and urgent marks."""

from alembic import op

revision = "orders_0004"
down_revision = "orders_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN flag text,
            ADD COLUMN urgent_at timestamptz
    """)
    op.execute("""
        CREATE TABLE order_notes (
            note_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_order_notes PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_order_notes_order_id REFERENCES orders,
            at timestamptz NOT NULL,
            staff text NOT NULL,
            kind text NOT NULL,
            text text NOT NULL,
            flag text
        )
    """)
    op.execute("CREATE INDEX ix_order_notes_order_id_note_id ON order_notes (order_id, note_id)")
