"""Stores whose figures are made again from the owner's log."""

from alembic import op

revision = "reporting_0003"
down_revision = "reporting_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE figure_repair (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_figure_repair PRIMARY KEY,
            owner text NOT NULL,
            store_id text NOT NULL,
            asked_by text NOT NULL,
            asked_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz,
            finished_at timestamptz,
            outcome text,
            rows_changed bigint,
            detail text,
            CONSTRAINT ck_figure_repair_outcome
                CHECK (outcome IN ('repaired', 'unchanged', 'trimmed', 'failed'))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_figure_repair_open ON figure_repair (owner, store_id)
        WHERE finished_at IS NULL
    """)
    op.execute("CREATE INDEX ix_figure_repair_store_id_id ON figure_repair (store_id, id)")
