"""Second sets of all figures, built beside the first from the owners' logs."""

from alembic import op

revision = "reporting_0004"
down_revision = "reporting_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE figure_rebuild (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_figure_rebuild PRIMARY KEY,
            asked_by text NOT NULL,
            asked_at timestamptz NOT NULL DEFAULT now(),
            state text NOT NULL DEFAULT 'building',
            wish text,
            wished_by text,
            compared_at timestamptz,
            rows_differing bigint,
            differences jsonb,
            finished_at timestamptz,
            detail text,
            CONSTRAINT ck_figure_rebuild_state
                CHECK (state IN ('building', 'compared', 'swapped', 'dropped', 'failed')),
            CONSTRAINT ck_figure_rebuild_wish CHECK (wish IN ('swap', 'drop'))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_figure_rebuild_open ON figure_rebuild ((true))
        WHERE finished_at IS NULL
    """)
