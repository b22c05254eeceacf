"""Listings, what stores may sell, reservations."""

from alembic import op

revision = "inventory_0002"
down_revision = "inventory_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _listings()
    op.execute("""
        CREATE TABLE reservations (
            reservation_id text NOT NULL CONSTRAINT pk_reservations PRIMARY KEY,
            store_id text NOT NULL,
            order_id text,
            case_id text,
            external_id text,
            status text NOT NULL,
            reserve_on text NOT NULL,
            wanted jsonb NOT NULL,
            lines jsonb NOT NULL,
            short jsonb NOT NULL,
            reason text,
            expires_at timestamptz,
            refunds text[] NOT NULL,
            is_paid boolean NOT NULL,
            version integer NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT ck_reservations_status_known
                CHECK (status IN ('held', 'confirmed', 'rejected', 'released', 'issued'))
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_reservations_store_id_external_id
        ON reservations (store_id, external_id) WHERE external_id IS NOT NULL
    """)
    op.execute("CREATE INDEX ix_reservations_order_id ON reservations (order_id)")
    op.execute("""
        CREATE INDEX ix_reservations_created_at_reservation_id
        ON reservations (created_at, reservation_id)
    """)
    op.execute("""
        CREATE INDEX ix_reservations_expiring ON reservations (expires_at) WHERE status = 'held'
    """)
    op.execute("""
        CREATE INDEX ix_reservations_open ON reservations (store_id)
        WHERE status IN ('held', 'confirmed', 'rejected')
    """)
    op.execute("""
        CREATE TABLE untracked_goods (
            store_id text NOT NULL,
            sku text NOT NULL,
            orders bigint NOT NULL,
            pieces bigint NOT NULL,
            first_at timestamptz NOT NULL,
            last_at timestamptz NOT NULL,
            last_order_id text NOT NULL,
            CONSTRAINT pk_untracked_goods PRIMARY KEY (store_id, sku)
        )
    """)


def _listings() -> None:
    op.execute("""
        CREATE TABLE listings (
            store_id text NOT NULL,
            item_id text NOT NULL,
            title text NOT NULL,
            currency text NOT NULL,
            status text NOT NULL,
            reason text NOT NULL,
            approved_by text,
            version integer NOT NULL,
            source_updated_at timestamptz,
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_listings PRIMARY KEY (store_id, item_id),
            CONSTRAINT ck_listings_status_known CHECK (status IN ('listed', 'delisted'))
        )
    """)
    op.execute("""
        CREATE INDEX ix_listings_updated_at_store_id_item_id
        ON listings (updated_at, store_id, item_id)
    """)
    op.execute("""
        CREATE TABLE listing_skus (
            store_id text NOT NULL,
            item_id text NOT NULL,
            sku text NOT NULL CONSTRAINT fk_listing_skus_sku REFERENCES skus,
            external_sku_id text,
            price_minor bigint NOT NULL,
            reserve_on text,
            set_aside integer,
            CONSTRAINT pk_listing_skus PRIMARY KEY (store_id, item_id, sku),
            CONSTRAINT fk_listing_skus_store_id_item_id
                FOREIGN KEY (store_id, item_id) REFERENCES listings
        )
    """)
    op.execute("CREATE INDEX ix_listing_skus_sku ON listing_skus (sku)")
    op.execute("""
        CREATE TABLE store_skus (
            store_id text NOT NULL,
            sku text NOT NULL CONSTRAINT fk_store_skus_sku REFERENCES skus,
            item_id text,
            is_listed boolean NOT NULL,
            reserve_on text,
            set_aside integer,
            sellable bigint NOT NULL DEFAULT 0,
            version integer NOT NULL DEFAULT 0,
            channel_quantity bigint,
            channel_reported_at timestamptz,
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_store_skus PRIMARY KEY (store_id, sku)
        )
    """)
    op.execute("CREATE INDEX ix_store_skus_sku ON store_skus (sku)")
