"""Goods that come back: expected, and inspected."""

from alembic import op

revision = "inventory_0003"
down_revision = "inventory_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE expected_returns (
            case_id text NOT NULL CONSTRAINT pk_expected_returns PRIMARY KEY,
            store_id text NOT NULL,
            order_id text NOT NULL,
            kind text NOT NULL,
            lines jsonb NOT NULL,
            warehouse_id text,
            courier text,
            waybill text,
            agreed_at timestamptz NOT NULL,
            sent_at timestamptz,
            inspected_at timestamptz,
            closed_at timestamptz
        )
    """)
    op.execute("""
        CREATE INDEX ix_expected_returns_open ON expected_returns (store_id, agreed_at)
        WHERE inspected_at IS NULL AND closed_at IS NULL
    """)
    op.execute("""
        CREATE TABLE inspections (
            inspection_id text NOT NULL CONSTRAINT pk_inspections PRIMARY KEY,
            store_id text NOT NULL,
            external_id text NOT NULL,
            order_id text NOT NULL,
            case_id text,
            warehouse_id text NOT NULL,
            waybill text,
            lines jsonb NOT NULL,
            is_intact boolean NOT NULL,
            inspected_by text NOT NULL,
            inspected_at timestamptz NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_inspections_store_id_external_id
        ON inspections (store_id, external_id)
    """)
    op.execute("""
        CREATE INDEX ix_inspections_inspected_at_inspection_id
        ON inspections (inspected_at, inspection_id)
    """)
