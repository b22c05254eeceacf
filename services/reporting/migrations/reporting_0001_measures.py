"""Measures of stores by hour and day, of SKUs and regions by day, buyers, and the bridge."""

from alembic import op

revision = "reporting_0001"
down_revision = None
branch_labels = ("reporting",)
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE store_hour (
            store_id text NOT NULL,
            hour timestamptz NOT NULL,
            business_date date NOT NULL,
            orders_placed bigint NOT NULL,
            placed_minor bigint NOT NULL,
            units_placed bigint NOT NULL,
            orders_paid bigint NOT NULL,
            paid_minor bigint NOT NULL,
            units_paid bigint NOT NULL,
            orders_without_buyer bigint NOT NULL,
            orders_without_lines bigint NOT NULL,
            orders_shipped bigint NOT NULL,
            orders_delivered bigint NOT NULL,
            orders_completed bigint NOT NULL,
            orders_cancelled bigint NOT NULL,
            refunds_requested bigint NOT NULL,
            refunds_approved bigint NOT NULL,
            refunds_paid bigint NOT NULL,
            refunds_with_return bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            units_refunded bigint NOT NULL,
            orders_paid_by_order bigint NOT NULL,
            paid_minor_by_order bigint NOT NULL,
            units_paid_by_order bigint NOT NULL,
            orders_without_buyer_by_order bigint NOT NULL,
            orders_without_lines_by_order bigint NOT NULL,
            orders_shipped_by_order bigint NOT NULL,
            orders_delivered_by_order bigint NOT NULL,
            orders_completed_by_order bigint NOT NULL,
            orders_cancelled_by_order bigint NOT NULL,
            refunds_requested_by_order bigint NOT NULL,
            refunds_approved_by_order bigint NOT NULL,
            refunds_paid_by_order bigint NOT NULL,
            refunds_with_return_by_order bigint NOT NULL,
            refunded_minor_by_order bigint NOT NULL,
            units_refunded_by_order bigint NOT NULL,
            CONSTRAINT pk_store_hour PRIMARY KEY (store_id, hour, business_date)
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE INDEX ix_store_hour_store_id_business_date
        ON store_hour (store_id, business_date)
    """)
    op.execute("""
        CREATE TABLE store_day (
            store_id text NOT NULL,
            business_date date NOT NULL,
            orders_placed bigint NOT NULL,
            placed_minor bigint NOT NULL,
            units_placed bigint NOT NULL,
            orders_paid bigint NOT NULL,
            paid_minor bigint NOT NULL,
            units_paid bigint NOT NULL,
            orders_without_buyer bigint NOT NULL,
            orders_without_lines bigint NOT NULL,
            orders_shipped bigint NOT NULL,
            orders_delivered bigint NOT NULL,
            orders_completed bigint NOT NULL,
            orders_cancelled bigint NOT NULL,
            refunds_requested bigint NOT NULL,
            refunds_approved bigint NOT NULL,
            refunds_paid bigint NOT NULL,
            refunds_with_return bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            units_refunded bigint NOT NULL,
            orders_paid_by_order bigint NOT NULL,
            paid_minor_by_order bigint NOT NULL,
            units_paid_by_order bigint NOT NULL,
            orders_without_buyer_by_order bigint NOT NULL,
            orders_without_lines_by_order bigint NOT NULL,
            orders_shipped_by_order bigint NOT NULL,
            orders_delivered_by_order bigint NOT NULL,
            orders_completed_by_order bigint NOT NULL,
            orders_cancelled_by_order bigint NOT NULL,
            refunds_requested_by_order bigint NOT NULL,
            refunds_approved_by_order bigint NOT NULL,
            refunds_paid_by_order bigint NOT NULL,
            refunds_with_return_by_order bigint NOT NULL,
            refunded_minor_by_order bigint NOT NULL,
            units_refunded_by_order bigint NOT NULL,
            CONSTRAINT pk_store_day PRIMARY KEY (store_id, business_date)
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE TABLE sku_day (
            store_id text NOT NULL,
            business_date date NOT NULL,
            sku text NOT NULL,
            orders_placed bigint NOT NULL,
            placed_minor bigint NOT NULL,
            units_placed bigint NOT NULL,
            orders_paid bigint NOT NULL,
            paid_minor bigint NOT NULL,
            units_paid bigint NOT NULL,
            refunds_paid bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            units_refunded bigint NOT NULL,
            orders_paid_by_order bigint NOT NULL,
            paid_minor_by_order bigint NOT NULL,
            units_paid_by_order bigint NOT NULL,
            refunds_paid_by_order bigint NOT NULL,
            refunded_minor_by_order bigint NOT NULL,
            units_refunded_by_order bigint NOT NULL,
            CONSTRAINT pk_sku_day PRIMARY KEY (store_id, business_date, sku)
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE TABLE region_day (
            store_id text NOT NULL,
            business_date date NOT NULL,
            province text NOT NULL,
            orders_placed bigint NOT NULL,
            placed_minor bigint NOT NULL,
            units_placed bigint NOT NULL,
            orders_paid bigint NOT NULL,
            paid_minor bigint NOT NULL,
            units_paid bigint NOT NULL,
            refunds_paid bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            orders_paid_by_order bigint NOT NULL,
            paid_minor_by_order bigint NOT NULL,
            units_paid_by_order bigint NOT NULL,
            refunds_paid_by_order bigint NOT NULL,
            refunded_minor_by_order bigint NOT NULL,
            CONSTRAINT pk_region_day PRIMARY KEY (store_id, business_date, province)
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE TABLE bridge_day (
            store_id text NOT NULL,
            order_date date NOT NULL,
            event_date date NOT NULL,
            orders_paid bigint NOT NULL,
            paid_minor bigint NOT NULL,
            refunds_paid bigint NOT NULL,
            refunded_minor bigint NOT NULL,
            CONSTRAINT pk_bridge_day PRIMARY KEY (store_id, order_date, event_date)
        ) WITH (fillfactor = 70)
    """)
    op.execute("""
        CREATE INDEX ix_bridge_day_store_id_event_date ON bridge_day (store_id, event_date)
    """)
    op.execute("""
        CREATE TABLE buyer_store (
            store_id text NOT NULL,
            business_date date NOT NULL,
            buyer uuid NOT NULL,
            orders_paid integer NOT NULL,
            paid_minor bigint NOT NULL,
            orders_paid_by_order integer NOT NULL,
            paid_minor_by_order bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE INDEX ix_buyer_store_store_id_business_date
        ON buyer_store (store_id, business_date)
    """)
    op.execute("""
        CREATE TABLE store_version (
            store_id text NOT NULL,
            version bigint NOT NULL,
            CONSTRAINT pk_store_version PRIMARY KEY (store_id)
        ) WITH (fillfactor = 70)
    """)
