"""Finds the number of an event, so that a receipt can say how far it came."""

from alembic import op

revision = "receipts_0001"
down_revision = None
branch_labels = ("receipts",)
depends_on = ("log_0002",)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE INDEX ix_event_order_event_id ON event_order (event_id)")
