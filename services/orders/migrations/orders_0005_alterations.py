"""What buyers want otherwise, and who chases their unpaid orders."""

from alembic import op

revision = "orders_0005"
down_revision = "orders_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN flag_note text,
            ADD COLUMN changed_at timestamptz,
            ADD COLUMN requested_courier text,
            ADD COLUMN delivery_time text,
            ADD COLUMN invoice_title bytea,
            ADD COLUMN invoice_title_hash text,
            ADD COLUMN card_text bytea,
            ADD COLUMN card_text_hash text,
            ADD COLUMN chaser text,
            ADD COLUMN chased_at timestamptz,
            ADD COLUMN chase_level text,
            ADD COLUMN chased_order_id text,
            ADD COLUMN overridden text
    """)
    op.execute("ALTER TABLE order_lines ADD COLUMN stated_sku text")
    op.execute("ALTER TABLE order_notes ADD COLUMN sealed bytea")
