"""What requests leave behind: idempotency keys, the audit trail, the last use of API keys."""

from alembic import op

revision = "web_0001"
down_revision = None
branch_labels = ("web",)
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE idempotency_keys (
            caller text NOT NULL,
            route text NOT NULL,
            key text NOT NULL,
            fingerprint text NOT NULL,
            status smallint NOT NULL,
            headers jsonb NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL,
            CONSTRAINT pk_idempotency_keys PRIMARY KEY (caller, route, key)
        )
    """)
    op.execute("CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (expires_at)")
    op.execute("""
        CREATE TABLE audit_trail (
            id bigint GENERATED ALWAYS AS IDENTITY,
            happened_at timestamptz NOT NULL DEFAULT now(),
            caller text NOT NULL,
            action text NOT NULL,
            subject text NOT NULL,
            store_id text,
            before jsonb,
            after jsonb,
            trace text,
            CONSTRAINT pk_audit_trail PRIMARY KEY (id)
        )
    """)
    op.execute("CREATE INDEX ix_audit_trail_subject_id ON audit_trail (subject, id)")
    op.execute("CREATE INDEX ix_audit_trail_store_id_id ON audit_trail (store_id, id)")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON audit_trail FROM CURRENT_USER, PUBLIC")
    op.execute("""
        CREATE TABLE api_key_uses (
            key_id text NOT NULL,
            last_used_at timestamptz NOT NULL,
            CONSTRAINT pk_api_key_uses PRIMARY KEY (key_id)
        )
    """)
