"""Settlements, and which of them brought the money of an order."""

from alembic import op

revision = "orders_0010"
down_revision = "orders_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE settlements (
            settlement_id text NOT NULL CONSTRAINT pk_settlements PRIMARY KEY,
            store_id text NOT NULL,
            external_id text NOT NULL,
            currency text NOT NULL,
            from_day date NOT NULL,
            to_day date NOT NULL,
            gross_minor bigint NOT NULL,
            fee_minor bigint NOT NULL,
            settled_minor bigint NOT NULL,
            expected_minor bigint NOT NULL,
            order_count integer NOT NULL,
            is_matched boolean NOT NULL,
            received_at timestamptz NOT NULL,
            content_hash bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT uq_settlements_store_id_external_id UNIQUE (store_id, external_id),
            CONSTRAINT ck_settlements_adds_up CHECK (settled_minor = gross_minor - fee_minor),
            CONSTRAINT ck_settlements_days_in_order CHECK (to_day >= from_day)
        )
    """)
    op.execute("CREATE INDEX ix_settlements_store_id_to_day ON settlements (store_id, to_day)")
    op.execute("""
        CREATE TABLE settlement_lines (
            settlement_id text NOT NULL
                CONSTRAINT fk_settlement_lines_settlement_id REFERENCES settlements,
            external_id text NOT NULL,
            order_id text,
            finding text NOT NULL,
            billed_minor bigint,
            expected_minor bigint,
            CONSTRAINT pk_settlement_lines PRIMARY KEY (settlement_id, external_id)
        )
    """)
    op.execute("ALTER TABLE orders ADD COLUMN settlement_id text")
    op.execute("""
        CREATE INDEX ix_orders_unsettled ON orders (store_id, completed_at)
        INCLUDE (paid_minor, refunded_minor)
        WHERE completed_at IS NOT NULL AND cancelled_at IS NULL AND settlement_id IS NULL
          AND NOT is_backfill
    """)
