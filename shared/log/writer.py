"""The writer: events enter the log in the transaction of the rows they tell of."""

import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.catalogue import PARTITIONS
from shared.contracts.envelope import Event
from shared.kernel.clock import utc_now
from shared.observability.trace import current_trace

MAX_PAYLOAD = 900_000  # bytes; the broker's limit of a record is 1 MB, the envelope needs some

_GATE = 0x5F1EE76A7E
"""Advisory lock: writers of events share it, who wants them quiet takes it alone."""

_CLOSE = text("SELECT pg_advisory_xact_lock(:gate)")
_INSERT = text(f"""
    WITH gate AS MATERIALIZED (
        SELECT pg_advisory_xact_lock_shared({_GATE})
    ), stated AS (
        INSERT INTO event_log (log_id, type, key, partition, store_id, payload, occurred_at,
                               source_updated_at, received_at, trace)
        SELECT (SELECT log_id FROM log_identity WHERE is_current),
               type, key, partition, store_id, payload, occurred_at, source_updated_at,
               :received_at, trace
        FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[]),
                    CAST(:partitions AS smallint[]), CAST(:store_ids AS text[]),
                    CAST(:payloads AS text[]), CAST(:occurred AS timestamptz[]),
                    CAST(:updated AS timestamptz[]), CAST(:traces AS text[]))
             WITH ORDINALITY AS e (type, key, partition, store_id, payload, occurred_at,
                                   source_updated_at, trace, place),
             gate
        ORDER BY place
        RETURNING id, partition, received_at
    ), pending AS (
        INSERT INTO event_pending (event_id, partition, received_at)
        SELECT id, partition, received_at FROM stated
    )
    SELECT id FROM stated ORDER BY id
""")  # noqa: S608 - made of a constant

_encoder = msgspec.json.Encoder()


class EventTooLargeError(ValueError):
    """An event over the size limit; it is refused when it is stated."""


def partition_of(key: str) -> int:
    """Return the partition of a key: crc32 modulo a count that never changes under way."""
    return zlib.crc32(key.encode()) % PARTITIONS


async def state(
    session: AsyncSession, *events: Event, traces: Sequence[str | None] | None = None
) -> list[int]:
    """Write events to the log, in the order given; return their ids.

    The rows of the aggregates must have been locked before, in sorted order, in this transaction:
    so the ids of one key follow its commits. Pending changes are flushed first. `state` is the
    only way to emit an event; it is visible to readers when the transaction has committed.
    `traces` has the trace of each where several requests share the transaction; without it all are
    of the current one. Raises `EventTooLargeError`.
    """
    if not events:
        return []
    await session.flush()
    columns = _columns(events, utc_now())
    columns["traces"] = list(traces or [current_trace.get()] * len(events))
    result = await session.execute(_INSERT, columns)
    return list(result.scalars())


async def hold_writers(session: AsyncSession) -> None:
    """Wait for the events being stated, and let no other be stated until this transaction ends.

    Then the service's tables and its log speak of the same moment. Keep it short: every write of
    the service waits meanwhile, and gives up after its `lock_timeout`.
    """
    await session.execute(_CLOSE, {"gate": _GATE})


def _columns(events: Sequence[Event], received_at: datetime) -> dict[str, object]:
    payloads = [_encoder.encode(event).decode() for event in events]
    for event, payload in zip(events, payloads, strict=True):
        if len(payload.encode()) > MAX_PAYLOAD:
            raise EventTooLargeError(f"{event.type} of {event.key()}: over {MAX_PAYLOAD} bytes")
    keys = [event.key() for event in events]
    return {
        "types": [event.type for event in events],
        "keys": keys,
        "partitions": [partition_of(key) for key in keys],
        "store_ids": [event.store() for event in events],
        "payloads": payloads,
        "occurred": [event.occurred_at for event in events],
        "updated": [event.source_updated_at for event in events],
        "received_at": received_at,
    }
