"""The registry's replica: stores, staff, roles and keys as directory stated them."""

from alembic import op

revision = "registry_0001"
down_revision = None
branch_labels = ("registry",)
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE registry_stores (
            store_id text NOT NULL CONSTRAINT pk_registry_stores PRIMARY KEY,
            name text NOT NULL,
            platform text NOT NULL,
            timezone text NOT NULL,
            day_start smallint NOT NULL,
            currency text NOT NULL,
            groups text[] NOT NULL,
            is_open boolean NOT NULL,
            settings jsonb NOT NULL,
            version bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE registry_staff (
            staff_number text NOT NULL CONSTRAINT pk_registry_staff PRIMARY KEY,
            name text NOT NULL,
            roles text[] NOT NULL,
            stores text[],
            is_enabled boolean NOT NULL,
            version bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE registry_roles (
            role text NOT NULL CONSTRAINT pk_registry_roles PRIMARY KEY,
            names jsonb NOT NULL,
            scopes text[] NOT NULL,
            version bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE registry_api_keys (
            key_id text NOT NULL CONSTRAINT pk_registry_api_keys PRIMARY KEY,
            name text NOT NULL,
            secret_hash text NOT NULL,
            scopes text[] NOT NULL,
            stores text[],
            expires_at timestamptz,
            is_revoked boolean NOT NULL,
            version bigint NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE registry_signing_keys (
            kid text NOT NULL CONSTRAINT pk_registry_signing_keys PRIMARY KEY,
            jwk jsonb NOT NULL,
            is_revoked boolean NOT NULL
        )
    """)
