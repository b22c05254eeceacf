"""What owners said of their own tables, to hold the sums against."""

from alembic import op

revision = "reporting_0002"
down_revision = "reporting_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE digest_line (
            owner text NOT NULL,
            store_id text NOT NULL,
            hour timestamptz NOT NULL,
            kind text NOT NULL,
            count bigint NOT NULL,
            sum_minor bigint NOT NULL,
            stated_at timestamptz NOT NULL,
            suspected_at timestamptz,
            CONSTRAINT pk_digest_line PRIMARY KEY (owner, store_id, hour, kind)
        )
    """)
    op.execute("""
        CREATE INDEX ix_digest_line_owner_suspected_at ON digest_line (owner, suspected_at)
        WHERE suspected_at IS NOT NULL
    """)
    op.execute("""
        CREATE TABLE digest_heard (
            owner text NOT NULL CONSTRAINT pk_digest_heard PRIMARY KEY,
            stated_at timestamptz NOT NULL
        )
    """)
