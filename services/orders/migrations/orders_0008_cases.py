"""Cases beside orders."""

from alembic import op

revision = "orders_0008"
down_revision = "orders_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _problems()
    _after_sale()
    _disputes()
    _wrong_shipments()


def _problems() -> None:
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN problem_reason text,
            ADD COLUMN problem_at timestamptz
    """)
    op.execute("""
        CREATE INDEX ix_orders_problem ON orders (store_id, placed_at)
        WHERE problem_at IS NOT NULL AND NOT is_backfill
    """)
    op.execute("""
        CREATE TABLE order_problems (
            problem_id text NOT NULL CONSTRAINT pk_order_problems PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_order_problems_order_id REFERENCES orders,
            store_id text NOT NULL,
            status text NOT NULL,
            kind text NOT NULL,
            reason text NOT NULL,
            line_nos integer[] NOT NULL,
            owner_staff text NOT NULL,
            opened_at timestamptz NOT NULL,
            opened_by text NOT NULL,
            closed_at timestamptz,
            closed_by text,
            outcome text,
            closing_note text NOT NULL,
            overdue_stated_at timestamptz
        )
    """)
    op.execute("CREATE INDEX ix_order_problems_order_id ON order_problems (order_id)")
    op.execute("""
        CREATE INDEX ix_order_problems_store_id_opened_at_problem_id
        ON order_problems (store_id, opened_at, problem_id)
    """)
    op.execute("""
        CREATE INDEX ix_order_problems_open ON order_problems (store_id, opened_at)
        WHERE closed_at IS NULL
    """)


def _after_sale() -> None:
    op.execute("""
        ALTER TABLE refunds
            ADD COLUMN reason_kind text NOT NULL DEFAULT 'other',
            ADD COLUMN is_quality_fault boolean NOT NULL DEFAULT false,
            ADD COLUMN case_id text,
            ADD COLUMN is_disputed boolean NOT NULL DEFAULT false,
            ADD COLUMN urgent_at timestamptz
    """)
    op.execute("ALTER TABLE refunds ALTER COLUMN reason_kind DROP DEFAULT")
    op.execute("ALTER TABLE refunds ALTER COLUMN is_quality_fault DROP DEFAULT")
    op.execute("ALTER TABLE refunds ALTER COLUMN is_disputed DROP DEFAULT")
    op.execute("""
        CREATE TABLE after_sales (
            case_id text NOT NULL CONSTRAINT pk_after_sales PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_after_sales_order_id REFERENCES orders,
            store_id text NOT NULL,
            external_id text,
            status text NOT NULL,
            kind text NOT NULL,
            lines jsonb NOT NULL,
            reason_kind text NOT NULL,
            reason text NOT NULL,
            pictures text[] NOT NULL,
            responsible text NOT NULL,
            is_quality_fault boolean NOT NULL,
            shop_freight_minor bigint NOT NULL,
            buyer_freight_minor bigint NOT NULL,
            opened_at timestamptz NOT NULL,
            opened_by text NOT NULL,
            refund_id text,
            agreed_at timestamptz,
            warehouse_id text,
            sent_back_at timestamptz,
            back_courier text,
            back_waybill text,
            received_at timestamptz,
            condition text,
            inspected_by text,
            is_of_inventory boolean NOT NULL,
            replaced_at timestamptz,
            replacement_courier text,
            replacement_waybill text,
            closed_at timestamptz,
            outcome text,
            closing_note text NOT NULL,
            CONSTRAINT uq_after_sales_order_id_external_id UNIQUE (order_id, external_id)
        )
    """)
    op.execute("""
        CREATE INDEX ix_after_sales_store_id_opened_at_case_id
        ON after_sales (store_id, opened_at, case_id)
    """)
    op.execute("""
        CREATE INDEX ix_after_sales_open ON after_sales (order_id) WHERE closed_at IS NULL
    """)


def _disputes() -> None:
    op.execute("""
        CREATE TABLE disputes (
            dispute_id text NOT NULL CONSTRAINT pk_disputes PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_disputes_order_id REFERENCES orders,
            store_id text NOT NULL,
            external_id text,
            status text NOT NULL,
            kind text NOT NULL,
            reason text NOT NULL,
            amount_minor bigint NOT NULL,
            opened_at timestamptz NOT NULL,
            opened_by text NOT NULL,
            answer_by timestamptz,
            refund_id text,
            closed_at timestamptz,
            closed_by text,
            ruling text,
            closing_note text NOT NULL,
            CONSTRAINT uq_disputes_order_id_external_id UNIQUE (order_id, external_id)
        )
    """)
    op.execute("""
        CREATE INDEX ix_disputes_store_id_opened_at_dispute_id
        ON disputes (store_id, opened_at, dispute_id)
    """)
    op.execute("CREATE INDEX ix_refunds_requested_at ON refunds (requested_at)")
    op.execute("""
        CREATE INDEX ix_refunds_open ON refunds (order_id)
        WHERE paid_at IS NULL AND rejected_at IS NULL
    """)
    op.execute("CREATE INDEX ix_disputes_open ON disputes (order_id) WHERE closed_at IS NULL")


def _wrong_shipments() -> None:
    op.execute("""
        CREATE TABLE wrong_shipments (
            register_id text NOT NULL CONSTRAINT pk_wrong_shipments PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_wrong_shipments_order_id REFERENCES orders,
            store_id text NOT NULL,
            shipment_id text,
            kind text NOT NULL,
            shipped jsonb NOT NULL,
            cause text NOT NULL,
            solution text NOT NULL,
            responsible_staff text NOT NULL,
            cost_minor bigint NOT NULL,
            registered_at timestamptz NOT NULL,
            registered_by text NOT NULL
        )
    """)
    op.execute("CREATE INDEX ix_wrong_shipments_order_id ON wrong_shipments (order_id)")
    op.execute("""
        CREATE INDEX ix_wrong_shipments_store_id_registered_at_register_id
        ON wrong_shipments (store_id, registered_at, register_id)
    """)
