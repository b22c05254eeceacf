"""Stores, their settings, staff, roles, API keys, signing keys."""

from alembic import op

revision = "directory_0001"
down_revision = None
branch_labels = ("directory",)
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE stores (
            store_id text NOT NULL CONSTRAINT pk_stores PRIMARY KEY,
            name text NOT NULL,
            platform text NOT NULL,
            timezone text NOT NULL,
            day_start smallint NOT NULL CONSTRAINT ck_stores_day_start
                CHECK (day_start BETWEEN 0 AND 23),
            currency text NOT NULL,
            groups text[] NOT NULL,
            is_open boolean NOT NULL,
            settings jsonb NOT NULL,
            version bigint NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX ix_stores_updated_at_store_id ON stores (updated_at, store_id)")
    op.execute("""
        CREATE TABLE company_settings (
            is_only boolean NOT NULL CONSTRAINT pk_company_settings PRIMARY KEY DEFAULT true
                CONSTRAINT ck_company_settings_is_only CHECK (is_only),
            settings jsonb NOT NULL DEFAULT '{}',
            version bigint NOT NULL DEFAULT 1
        )
    """)
    op.execute("INSERT INTO company_settings DEFAULT VALUES")
    op.execute("""
        CREATE TABLE staff (
            staff_number text NOT NULL CONSTRAINT pk_staff PRIMARY KEY,
            name text NOT NULL,
            roles text[] NOT NULL,
            stores text[],
            is_enabled boolean NOT NULL,
            version bigint NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX ix_staff_updated_at_staff_number ON staff (updated_at, staff_number)")
    op.execute("""
        CREATE TABLE roles (
            role text NOT NULL CONSTRAINT pk_roles PRIMARY KEY,
            names jsonb NOT NULL,
            scopes text[] NOT NULL,
            version bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE api_keys (
            key_id text NOT NULL CONSTRAINT pk_api_keys PRIMARY KEY,
            name text NOT NULL,
            secret_hash text NOT NULL,
            scopes text[] NOT NULL,
            stores text[],
            expires_at timestamptz,
            is_revoked boolean NOT NULL,
            created_by text NOT NULL,
            version bigint NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX ix_api_keys_updated_at_key_id ON api_keys (updated_at, key_id)")
    op.execute("""
        CREATE TABLE signing_keys (
            kid text NOT NULL CONSTRAINT pk_signing_keys PRIMARY KEY,
            jwk jsonb NOT NULL,
            sealed_private bytea NOT NULL,
            is_revoked boolean NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        )
    """)
