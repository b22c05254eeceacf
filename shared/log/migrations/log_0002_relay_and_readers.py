"""The relay's marks, the readers' positions, what is parked, and the clocks."""

from alembic import op

revision = "log_0002"
down_revision = "log_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("""
        ALTER TABLE event_pending SET (
            autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
            autovacuum_vacuum_insert_scale_factor = 0, autovacuum_analyze_scale_factor = 0,
            autovacuum_analyze_threshold = 1000000000
        )
    """)
    op.execute("""
        CREATE TABLE log_relay (
            is_only boolean NOT NULL DEFAULT true CONSTRAINT pk_log_relay PRIMARY KEY,
            epoch bigint NOT NULL,
            led_since timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT ck_log_relay_is_only CHECK (is_only)
        )
    """)
    op.execute("INSERT INTO log_relay (epoch) VALUES (0)")
    op.execute("""
        CREATE TABLE log_lanes (
            partition smallint NOT NULL CONSTRAINT pk_log_lanes PRIMARY KEY,
            last_sequence bigint NOT NULL DEFAULT 0,
            mark_sequence bigint NOT NULL DEFAULT 0,
            mark_offset bigint NOT NULL DEFAULT -1,
            trimmed_sequence bigint NOT NULL DEFAULT 0,
            CONSTRAINT ck_log_lanes_mark_is_numbered CHECK (mark_sequence <= last_sequence)
        ) WITH (fillfactor = 50)
    """)
    op.execute("INSERT INTO log_lanes (partition) SELECT generate_series(0, 11)")
    op.execute("""
        CREATE TABLE log_readers (
            reader text NOT NULL,
            partition smallint NOT NULL,
            log_id uuid NOT NULL,
            next_sequence bigint NOT NULL,
            stated_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT pk_log_readers PRIMARY KEY (reader, partition)
        )
    """)
    op.execute("""
        CREATE TABLE log_positions (
            reader text NOT NULL,
            owner text NOT NULL,
            partition smallint NOT NULL,
            log_id uuid NOT NULL,
            next_sequence bigint NOT NULL DEFAULT 1,
            next_offset bigint NOT NULL DEFAULT 0,
            CONSTRAINT pk_log_positions PRIMARY KEY (reader, owner, partition)
        ) WITH (fillfactor = 50)
    """)
    op.execute("""
        CREATE TABLE log_passed (
            reader text NOT NULL,
            owner text NOT NULL,
            log_id uuid NOT NULL,
            as_of timestamptz NOT NULL,
            CONSTRAINT pk_log_passed PRIMARY KEY (reader, owner)
        )
    """)
    op.execute("""
        CREATE TABLE dead_letters (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_dead_letters PRIMARY KEY,
            reader text NOT NULL,
            owner text NOT NULL,
            partition smallint NOT NULL,
            log_id uuid NOT NULL,
            sequence bigint NOT NULL,
            key text NOT NULL,
            type text NOT NULL,
            wire bytea NOT NULL,
            reason text NOT NULL,
            detail text NOT NULL,
            attempts integer NOT NULL,
            parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            tried_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT uq_dead_letters_position UNIQUE (reader, owner, partition, log_id, sequence),
            CONSTRAINT ck_dead_letters_reason CHECK (reason IN ('undecodable', 'failed', 'held'))
        )
    """)
    op.execute("CREATE INDEX ix_dead_letters_reader_parked_at ON dead_letters (reader, parked_at)")
    op.execute("""
        CREATE TABLE clock_runs (
            clock text NOT NULL CONSTRAINT pk_clock_runs PRIMARY KEY,
            done_until timestamptz NOT NULL
        )
    """)
