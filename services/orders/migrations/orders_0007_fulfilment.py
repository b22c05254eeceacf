"""Who is to carry an order, what was printed of it, its parcels and their waybill numbers."""

from alembic import op

revision = "orders_0007"
down_revision = "orders_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE order_documents (
            order_id text NOT NULL CONSTRAINT fk_order_documents_order_id REFERENCES orders,
            kind text NOT NULL,
            copies integer NOT NULL,
            first_at timestamptz NOT NULL DEFAULT now(),
            last_at timestamptz NOT NULL DEFAULT now(),
            last_by text NOT NULL,
            CONSTRAINT pk_order_documents PRIMARY KEY (order_id, kind)
        )
    """)
    op.execute("""
        CREATE TABLE parcels (
            parcel_id text NOT NULL CONSTRAINT pk_parcels PRIMARY KEY,
            store_id text NOT NULL,
            is_planned boolean NOT NULL,
            courier text,
            waybill text,
            weight_grams integer,
            printed_at timestamptz,
            shipped_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE TABLE parcel_lines (
            parcel_id text NOT NULL CONSTRAINT fk_parcel_lines_parcel_id REFERENCES parcels,
            order_id text NOT NULL CONSTRAINT fk_parcel_lines_order_id REFERENCES orders,
            line_no integer NOT NULL,
            quantity integer NOT NULL,
            CONSTRAINT pk_parcel_lines PRIMARY KEY (parcel_id, order_id, line_no),
            CONSTRAINT ck_parcel_lines_quantity_positive CHECK (quantity > 0)
        )
    """)
    op.execute("CREATE INDEX ix_parcel_lines_order_id ON parcel_lines (order_id)")
    op.execute("""
        CREATE TABLE waybill_numbers (
            courier text NOT NULL,
            number text NOT NULL,
            store_id text NOT NULL,
            place bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
            order_id text CONSTRAINT fk_waybill_numbers_order_id REFERENCES orders,
            taken_at timestamptz,
            CONSTRAINT pk_waybill_numbers PRIMARY KEY (courier, number),
            CONSTRAINT ck_waybill_numbers_taken_by_an_order
                CHECK ((taken_at IS NULL) = (order_id IS NULL))
        )
    """)
    op.execute("""
        CREATE INDEX ix_waybill_numbers_free ON waybill_numbers (store_id, courier, place)
        WHERE taken_at IS NULL
    """)
    op.execute("ALTER TABLE orders ADD COLUMN in_transit_at timestamptz")
    op.execute("""
        CREATE INDEX ix_orders_under_way ON orders (store_id, shipped_at)
        WHERE shipped_at IS NOT NULL AND delivered_at IS NULL AND completed_at IS NULL
          AND cancelled_at IS NULL AND NOT is_backfill
    """)
    op.execute("""
        ALTER TABLE shipments
            ADD COLUMN tracking_state text,
            ADD COLUMN tracked_at timestamptz,
            ADD COLUMN stall_told_at timestamptz
    """)
    op.execute("""
        CREATE TABLE tracking_moves (
            courier text NOT NULL,
            waybill text NOT NULL,
            at timestamptz NOT NULL,
            state text NOT NULL,
            place text NOT NULL,
            text text NOT NULL,
            CONSTRAINT pk_tracking_moves PRIMARY KEY (courier, waybill, at, state)
        )
    """)
