"""Freight templates, couriers, and what is kept of freight and price with an order."""

from alembic import op

revision = "orders_0006"
down_revision = "orders_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE freight_templates (
            store_id text NOT NULL,
            template text NOT NULL,
            basis text NOT NULL
                CONSTRAINT ck_freight_templates_basis_known CHECK (basis IN ('piece', 'weight')),
            zones jsonb NOT NULL,
            default_rate jsonb,
            default_weight_grams integer,
            is_default boolean NOT NULL,
            version integer NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_freight_templates PRIMARY KEY (store_id, template)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX ix_freight_templates_default ON freight_templates (store_id)
        WHERE is_default
    """)
    op.execute("""
        CREATE TABLE freight_skus (
            store_id text NOT NULL,
            sku text NOT NULL,
            template text NOT NULL,
            CONSTRAINT pk_freight_skus PRIMARY KEY (store_id, sku),
            CONSTRAINT fk_freight_skus_store_id FOREIGN KEY (store_id, template)
                REFERENCES freight_templates (store_id, template) ON DELETE CASCADE
        )
    """)
    op.execute(
        "CREATE INDEX ix_freight_skus_store_id_template ON freight_skus (store_id, template)"
    )
    op.execute("""
        CREATE TABLE couriers (
            store_id text NOT NULL,
            courier_key text NOT NULL,
            name text NOT NULL,
            reach text NOT NULL
                CONSTRAINT ck_couriers_reach_known CHECK (reach IN ('only', 'all_but')),
            regions jsonb NOT NULL,
            version integer NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_couriers PRIMARY KEY (store_id, courier_key)
        )
    """)
    op.execute("""
        ALTER TABLE orders
            ADD COLUMN courier text,
            ADD COLUMN is_courier_fallback boolean NOT NULL DEFAULT false,
            ADD COLUMN postage_due_minor bigint,
            ADD COLUMN waived_postage_minor bigint,
            ADD COLUMN original_terms text
    """)
    op.execute("""
        CREATE TABLE price_changes (
            change_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_price_changes PRIMARY KEY,
            order_id text NOT NULL CONSTRAINT fk_price_changes_order_id REFERENCES orders,
            store_id text NOT NULL,
            at timestamptz NOT NULL,
            staff text NOT NULL,
            reason text NOT NULL,
            goods_minor bigint NOT NULL,
            postage_minor bigint NOT NULL,
            total_before_minor bigint NOT NULL,
            total_after_minor bigint NOT NULL,
            original_total_minor bigint NOT NULL,
            superseded_at timestamptz
        )
    """)
    op.execute("CREATE INDEX ix_price_changes_order_id ON price_changes (order_id)")
    op.execute("""
        CREATE INDEX ix_price_changes_store_id_at_change_id
        ON price_changes (store_id, at, change_id)
    """)
