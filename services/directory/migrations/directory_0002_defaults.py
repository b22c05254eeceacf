"""The thresholds' defaults that stores were last told with."""

from alembic import op

revision = "directory_0002"
down_revision = "directory_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE company_settings ADD COLUMN defaults jsonb NOT NULL DEFAULT '{}'")
