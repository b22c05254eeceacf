"""SKUs, warehouses, the ledger and its balances."""

from alembic import op

revision = "inventory_0001"
down_revision = None
branch_labels = ("inventory",)
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE warehouses (
            warehouse_id text NOT NULL CONSTRAINT pk_warehouses PRIMARY KEY,
            name text NOT NULL,
            kind text NOT NULL,
            store_id text,
            currency text NOT NULL,
            timezone text NOT NULL,
            day_start integer NOT NULL,
            safety_units integer,
            rank integer NOT NULL,
            is_active boolean NOT NULL,
            version integer NOT NULL,
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT ck_warehouses_kind_known
                CHECK (kind = 'own' OR kind = 'jd' AND store_id IS NOT NULL)
        )
    """)
    _goods()
    _ledger()
    op.execute("""
        CREATE TABLE stock_balances (
            warehouse_id text NOT NULL
                CONSTRAINT fk_stock_balances_warehouse_id REFERENCES warehouses,
            sku text NOT NULL CONSTRAINT fk_stock_balances_sku REFERENCES skus,
            balance_id bigint GENERATED ALWAYS AS IDENTITY
                CONSTRAINT uq_stock_balances_balance_id UNIQUE,
            on_hand bigint NOT NULL DEFAULT 0,
            reserved bigint NOT NULL DEFAULT 0,
            quarantine bigint NOT NULL DEFAULT 0,
            in_transit bigint NOT NULL DEFAULT 0,
            safety_stock bigint NOT NULL DEFAULT 0,
            available bigint NOT NULL
                GENERATED ALWAYS AS (on_hand - reserved - safety_stock) STORED,
            safety_units integer,
            alert_level integer,
            unit_cost numeric,
            version integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_stock_balances PRIMARY KEY (warehouse_id, sku)
        ) WITH (fillfactor = 70)
    """)
    op.execute("CREATE INDEX ix_stock_balances_sku ON stock_balances (sku)")


def _goods() -> None:
    op.execute("""
        CREATE TABLE skus (
            sku text NOT NULL CONSTRAINT pk_skus PRIMARY KEY,
            item_number text NOT NULL,
            title text NOT NULL,
            size text,
            colour text,
            barcode text,
            category text,
            weight_grams integer,
            is_active boolean NOT NULL,
            version integer NOT NULL,
            source_updated_at timestamptz,
            cost_minor bigint,
            currency text,
            first_received_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE UNIQUE INDEX uq_skus_barcode ON skus (barcode) WHERE barcode IS NOT NULL")
    op.execute("CREATE INDEX ix_skus_item_number ON skus (item_number)")
    op.execute("CREATE INDEX ix_skus_updated_at_sku ON skus (updated_at, sku)")
    op.execute("""
        CREATE TABLE sku_components (
            sku text NOT NULL CONSTRAINT fk_sku_components_sku REFERENCES skus,
            component text NOT NULL CONSTRAINT fk_sku_components_component REFERENCES skus,
            place integer NOT NULL,
            quantity integer NOT NULL,
            CONSTRAINT pk_sku_components PRIMARY KEY (sku, component)
        )
    """)
    op.execute("CREATE INDEX ix_sku_components_component ON sku_components (component)")


def _ledger() -> None:
    op.execute("""
        CREATE TABLE stock_movements (
            movement_id bigint GENERATED ALWAYS AS IDENTITY
                CONSTRAINT pk_stock_movements PRIMARY KEY,
            kind text NOT NULL,
            bucket text NOT NULL,
            warehouse_id text NOT NULL,
            sku text NOT NULL,
            quantity integer NOT NULL,
            occurred_at timestamptz NOT NULL,
            booked_at timestamptz NOT NULL DEFAULT now(),
            source text,
            external_id text,
            leg smallint NOT NULL,
            reference text,
            reason text,
            store_id text,
            order_id text,
            reservation_id text,
            corrects bigint,
            cost_minor bigint,
            caller text NOT NULL,
            CONSTRAINT ck_stock_movements_moves CHECK (quantity <> 0),
            CONSTRAINT ck_stock_movements_bucket_known
                CHECK (bucket IN ('on_hand', 'reserved', 'quarantine', 'in_transit'))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_stock_movements_external_id
        ON stock_movements (source, external_id, leg) WHERE external_id IS NOT NULL
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_stock_movements_corrects
        ON stock_movements (corrects) WHERE corrects IS NOT NULL
    """)
    op.execute("""
        CREATE INDEX ix_stock_movements_sku_warehouse_id_occurred_at
        ON stock_movements (sku, warehouse_id, occurred_at)
    """)
    op.execute("""
        CREATE INDEX ix_stock_movements_booked_at_movement_id
        ON stock_movements (booked_at, movement_id)
    """)
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the ledger is only added to: correct by another row'
                USING ERRCODE = 'restrict_violation';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON stock_movements
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """)
    op.execute("""
        CREATE TRIGGER never_emptied BEFORE TRUNCATE ON stock_movements
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """)
