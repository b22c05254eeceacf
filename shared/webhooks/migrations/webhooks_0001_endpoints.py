"""Endpoints of webhooks, their positions in the log, what is to be sent, and every attempt."""

from alembic import op

revision = "webhooks_0001"
down_revision = None
branch_labels = ("webhooks",)
depends_on = ("receipts_0001",)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        CREATE TABLE webhook_endpoints (
            endpoint_id text NOT NULL CONSTRAINT pk_webhook_endpoints PRIMARY KEY,
            url text NOT NULL,
            description text NOT NULL,
            types text[],
            stores text[],
            sealed_secret bytea NOT NULL,
            former_secret bytea,
            former_until timestamptz,
            is_enabled boolean NOT NULL DEFAULT true,
            disabled_for text,
            disabled_at timestamptz,
            failures integer NOT NULL DEFAULT 0,
            failing_since timestamptz,
            resting_until timestamptz,
            missed bigint NOT NULL DEFAULT 0,
            version bigint NOT NULL DEFAULT 1,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT ck_webhook_endpoints_disabled_for
                CHECK (is_enabled = (disabled_for IS NULL)),
            CONSTRAINT ck_webhook_endpoints_disabled_for_known
                CHECK (disabled_for IN ('caller', 'gone', 'failing', 'secret-unreadable'))
        )
    """)
    op.execute("""
        CREATE INDEX ix_webhook_endpoints_created_at_endpoint_id
        ON webhook_endpoints (created_at, endpoint_id)
    """)
    op.execute("""
        CREATE TABLE webhook_positions (
            endpoint_id text NOT NULL CONSTRAINT fk_webhook_positions_endpoint_id
                REFERENCES webhook_endpoints ON DELETE CASCADE,
            partition smallint NOT NULL,
            next_sequence bigint NOT NULL,
            CONSTRAINT pk_webhook_positions PRIMARY KEY (endpoint_id, partition)
        ) WITH (fillfactor = 50)
    """)
    op.execute("""
        CREATE TABLE webhook_messages (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_webhook_messages PRIMARY KEY,
            endpoint_id text NOT NULL CONSTRAINT fk_webhook_messages_endpoint_id
                REFERENCES webhook_endpoints ON DELETE CASCADE,
            message_id text NOT NULL,
            event_id bigint,
            received_at timestamptz NOT NULL,
            partition smallint,
            sequence bigint,
            type text NOT NULL,
            key text NOT NULL,
            store_id text,
            body text,
            state text NOT NULL DEFAULT 'waiting',
            attempts integer NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT uq_webhook_messages_endpoint_id_message_id UNIQUE (endpoint_id, message_id),
            CONSTRAINT ck_webhook_messages_state CHECK (state IN ('waiting', 'failed')),
            CONSTRAINT ck_webhook_messages_has_content CHECK ((event_id IS NULL) = (body IS NOT NULL))
        )
    """)
    op.execute("""
        CREATE INDEX ix_webhook_messages_endpoint_id_due_at
        ON webhook_messages (endpoint_id, due_at) WHERE state = 'waiting'
    """)
    op.execute("""
        CREATE TABLE webhook_attempts (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_webhook_attempts PRIMARY KEY,
            endpoint_id text NOT NULL CONSTRAINT fk_webhook_attempts_endpoint_id
                REFERENCES webhook_endpoints ON DELETE CASCADE,
            message_id text NOT NULL,
            type text NOT NULL,
            attempt integer NOT NULL,
            attempted_at timestamptz NOT NULL,
            milliseconds integer NOT NULL,
            outcome text NOT NULL,
            status smallint,
            error text,
            excerpt text,
            next_at timestamptz,
            CONSTRAINT ck_webhook_attempts_outcome
                CHECK (outcome IN ('delivered', 'retrying', 'failed', 'gone'))
        )
    """)
    op.execute(
        "CREATE INDEX ix_webhook_attempts_endpoint_id_id ON webhook_attempts (endpoint_id, id)"
    )
    op.execute("""
        CREATE INDEX ix_webhook_attempts_endpoint_id_message_id
        ON webhook_attempts (endpoint_id, message_id)
    """)
    op.execute("CREATE INDEX ix_webhook_attempts_attempted_at ON webhook_attempts (attempted_at)")
    # a replay of a period finds its part of the log by this; it costs next to nothing to write
    op.execute("CREATE INDEX ix_event_order_received_at ON event_order USING brin (received_at)")
