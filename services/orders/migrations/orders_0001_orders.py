"""Orders with lines, payments, parcels, refunds, and the receipts of their writes."""

from alembic import op

revision = "orders_0001"
down_revision = None
branch_labels = ("orders",)
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE orders (
            order_id text NOT NULL CONSTRAINT pk_orders PRIMARY KEY,
            store_id text NOT NULL,
            external_id text NOT NULL,
            kind text NOT NULL,
            currency text NOT NULL,
            status text NOT NULL,
            placed_at timestamptz NOT NULL,
            paid_at timestamptz,
            shipped_at timestamptz,
            delivered_at timestamptz,
            completed_at timestamptz,
            cancelled_at timestamptz,
            cancel_reason text NOT NULL,
            postage_minor bigint NOT NULL,
            discount_minor bigint NOT NULL,
            total_minor bigint NOT NULL,
            paid_minor bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            claimed_minor bigint NOT NULL,
            buyer_account bytea,
            buyer_account_hash text,
            buyer_name bytea,
            buyer_name_hash text,
            buyer_phone bytea,
            buyer_phone_hash text,
            buyer_address bytea,
            buyer_address_hash text,
            province text,
            city text,
            agent text,
            is_backfill boolean NOT NULL,
            source_updated_at timestamptz,
            content_hash bytea,
            version integer NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT uq_orders_store_id_external_id UNIQUE (store_id, external_id),
            CONSTRAINT ck_orders_paid_within_total CHECK (paid_minor BETWEEN 0 AND total_minor),
            CONSTRAINT ck_orders_claimed_within_paid
                CHECK (claimed_minor BETWEEN refunded_minor AND paid_minor),
            CONSTRAINT ck_orders_refunded_not_negative CHECK (refunded_minor >= 0)
        )
    """)
    op.execute("CREATE INDEX ix_orders_updated_at_order_id ON orders (updated_at, order_id)")
    op.execute("""
        CREATE INDEX ix_orders_store_id_updated_at_order_id
        ON orders (store_id, updated_at, order_id)
    """)
    for column in ("buyer_account_hash", "buyer_name_hash", "buyer_phone_hash"):
        op.execute(
            f"CREATE INDEX ix_orders_{column} ON orders ({column}) WHERE {column} IS NOT NULL"
        )
    op.execute("""
        CREATE INDEX ix_orders_open ON orders (store_id, status, placed_at)
        WHERE status IN ('placed', 'paid') AND NOT is_backfill
    """)
    op.execute("""
        CREATE TABLE order_lines (
            order_id text NOT NULL CONSTRAINT fk_order_lines_order_id REFERENCES orders,
            line_no integer NOT NULL,
            sku text,
            name text,
            quantity integer NOT NULL,
            unit_price numeric NOT NULL,
            discount_minor bigint NOT NULL,
            amount_minor bigint NOT NULL,
            is_gift boolean NOT NULL,
            CONSTRAINT pk_order_lines PRIMARY KEY (order_id, line_no),
            CONSTRAINT ck_order_lines_quantity_positive CHECK (quantity > 0)
        )
    """)
    op.execute("""
        CREATE TABLE payments (
            order_id text NOT NULL CONSTRAINT fk_payments_order_id REFERENCES orders,
            external_id text NOT NULL,
            payment_id text NOT NULL,
            amount_minor bigint NOT NULL,
            stated_minor bigint NOT NULL,
            paid_at timestamptz NOT NULL,
            method text,
            CONSTRAINT pk_payments PRIMARY KEY (order_id, external_id),
            CONSTRAINT ck_payments_amount_not_negative CHECK (amount_minor >= 0)
        )
    """)
    op.execute("""
        CREATE TABLE shipments (
            order_id text NOT NULL CONSTRAINT fk_shipments_order_id REFERENCES orders,
            external_id text NOT NULL,
            shipment_id text NOT NULL,
            courier text NOT NULL,
            waybill text NOT NULL,
            shipped_at timestamptz NOT NULL,
            weight_grams integer,
            is_complete boolean NOT NULL,
            CONSTRAINT pk_shipments PRIMARY KEY (order_id, external_id)
        )
    """)
    op.execute("CREATE INDEX ix_shipments_waybill ON shipments (waybill)")
    op.execute("""
        CREATE TABLE shipment_lines (
            order_id text NOT NULL,
            external_id text NOT NULL,
            line_no integer NOT NULL,
            quantity integer NOT NULL,
            CONSTRAINT pk_shipment_lines PRIMARY KEY (order_id, external_id, line_no),
            CONSTRAINT fk_shipment_lines_order_id_external_id
                FOREIGN KEY (order_id, external_id) REFERENCES shipments,
            CONSTRAINT ck_shipment_lines_quantity_positive CHECK (quantity > 0)
        )
    """)
    op.execute("""
        CREATE TABLE refunds (
            order_id text NOT NULL CONSTRAINT fk_refunds_order_id REFERENCES orders,
            external_id text NOT NULL,
            refund_id text NOT NULL,
            amount_minor bigint NOT NULL,
            postage_minor bigint NOT NULL,
            reason text NOT NULL,
            with_return boolean NOT NULL,
            requested_at timestamptz NOT NULL,
            approved_at timestamptz,
            rejected_at timestamptz,
            paid_at timestamptz,
            is_time_assumed boolean NOT NULL,
            CONSTRAINT pk_refunds PRIMARY KEY (order_id, external_id),
            CONSTRAINT ck_refunds_amount_positive CHECK (amount_minor > 0)
        )
    """)
    op.execute("""
        CREATE TABLE refund_lines (
            order_id text NOT NULL,
            external_id text NOT NULL,
            line_no integer NOT NULL,
            quantity integer NOT NULL,
            amount_minor bigint NOT NULL,
            CONSTRAINT pk_refund_lines PRIMARY KEY (order_id, external_id, line_no),
            CONSTRAINT fk_refund_lines_order_id_external_id
                FOREIGN KEY (order_id, external_id) REFERENCES refunds
        )
    """)
    op.execute("""
        CREATE TABLE order_receipts (
            order_id text NOT NULL CONSTRAINT fk_order_receipts_order_id REFERENCES orders,
            event_id bigint NOT NULL,
            accepted_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_order_receipts PRIMARY KEY (order_id, event_id)
        )
    """)
