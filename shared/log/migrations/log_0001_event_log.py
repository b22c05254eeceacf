"""The event log: what a service states, insert-only, and its gapless numbers."""

from alembic import op

revision = "log_0001"
down_revision = None
branch_labels = ("log",)
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE SEQUENCE event_log_id_seq AS bigint CACHE 1")
    op.execute("""
        CREATE TABLE event_log (
            id bigint NOT NULL DEFAULT nextval('event_log_id_seq'),
            log_id uuid NOT NULL,
            type text NOT NULL,
            key text NOT NULL,
            partition smallint NOT NULL,
            store_id text,
            payload text NOT NULL,
            occurred_at timestamptz NOT NULL,
            source_updated_at timestamptz,
            received_at timestamptz NOT NULL,
            trace text,
            CONSTRAINT pk_event_log PRIMARY KEY (id, received_at),
            CONSTRAINT ck_event_log_payload_fits CHECK (octet_length(payload) <= 900000)
        ) PARTITION BY RANGE (received_at)
    """)
    op.execute("ALTER SEQUENCE event_log_id_seq OWNED BY event_log.id")
    op.execute("CREATE TABLE event_log_rest PARTITION OF event_log DEFAULT")
    op.execute("""
        CREATE TABLE event_pending (
            event_id bigint NOT NULL,
            partition smallint NOT NULL,
            received_at timestamptz NOT NULL,
            CONSTRAINT pk_event_pending PRIMARY KEY (event_id)
        )
    """)
    op.execute("""
        CREATE TABLE event_order (
            partition smallint NOT NULL,
            sequence bigint NOT NULL,
            event_id bigint NOT NULL,
            received_at timestamptz NOT NULL,
            CONSTRAINT pk_event_order PRIMARY KEY (partition, sequence)
        )
    """)
    op.execute("""
        CREATE TABLE log_identity (
            is_current boolean NOT NULL DEFAULT true,
            log_id uuid NOT NULL,
            started_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_log_identity PRIMARY KEY (log_id)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX uq_log_identity_is_current ON log_identity (is_current)
        WHERE is_current
    """)
    op.execute("INSERT INTO log_identity (log_id) VALUES (gen_random_uuid())")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON event_log FROM CURRENT_USER, PUBLIC")
