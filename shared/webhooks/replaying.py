"""Replays: events an endpoint is sent once more, or for the first time, under the same ids."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.ids import new_id
from shared.kernel.refusals import InvalidError
from shared.webhooks.endpoints import Endpoint

MOST_EVENTS = 10_000
"""Events that one replay may queue."""

TEST_TYPE = "webhooks.test.v1"

_FITS = """
    e.type = ANY(:offered) AND (CAST(:types AS text[]) IS NULL OR e.type = ANY(:types))
    AND (CAST(:stores AS text[]) IS NULL OR e.store_id = ANY(:stores))
"""
_QUEUE = """
    INSERT INTO webhook_messages (endpoint_id, message_id, event_id, received_at, partition,
                                  sequence, type, key, store_id, due_at)
    SELECT :endpoint_id, e.log_id || ':' || e.id, e.id, e.received_at, o.partition, o.sequence,
           e.type, e.key, e.store_id, CAST(:now AS timestamptz)
"""
_AGAIN = """
    ON CONFLICT (endpoint_id, message_id) DO UPDATE
    SET state = 'waiting', attempts = 0, due_at = excluded.due_at
    RETURNING message_id
"""
_BY_IDS = text(f"""
    {_QUEUE}
    FROM unnest(CAST(:origins AS uuid[]), CAST(:ids AS bigint[])) AS asked (origin, id)
    JOIN event_order o ON o.event_id = asked.id
    JOIN event_log e ON e.id = o.event_id AND e.received_at = o.received_at
                    AND e.log_id = asked.origin
    WHERE {_FITS} ORDER BY o.partition, o.sequence {_AGAIN}
""")
_BY_PERIOD = text(f"""
    {_QUEUE}
    FROM event_order o
    JOIN event_log e ON e.id = o.event_id AND e.received_at = o.received_at
    WHERE o.received_at >= :since AND o.received_at < :until AND {_FITS}
    ORDER BY o.partition, o.sequence LIMIT :limit {_AGAIN}
""")
_FAILED = text("""
    UPDATE webhook_messages SET state = 'waiting', attempts = 0, due_at = CAST(:now AS timestamptz)
    WHERE endpoint_id = :endpoint_id AND state = 'failed' RETURNING message_id
""")
_TEST = text("""
    INSERT INTO webhook_messages (endpoint_id, message_id, received_at, type, key, body, due_at)
    VALUES (:endpoint_id, :message_id, :now, :type, :message_id, :body, :now)
""")


class ReplayTooLargeError(InvalidError):
    """The period holds more events than one replay may queue; ask for shorter ones."""

    kind = "replay-too-large"


class EventUnknownError(InvalidError):
    """The log holds no such event, or the endpoint's types and stores do not name it."""

    kind = "event-unknown"


async def replay_events(
    session: AsyncSession,
    endpoint: Endpoint,
    event_ids: Sequence[str],
    *,
    offered: Sequence[str],
    now: datetime,
) -> int:
    """Queue events by their ids; return how many. Raises `EventUnknownError` for the first other.

    One that is queued already is due now, its retries begin anew.
    """
    asked = {event_id: _parse(event_id) for event_id in event_ids}
    known = {event_id: parts for event_id, parts in asked.items() if parts is not None}
    values = {
        **_scope(endpoint, offered, now),
        "origins": [origin for origin, _ in known.values()],
        "ids": [number for _, number in known.values()],
    }
    queued = set((await session.execute(_BY_IDS, values)).scalars())
    for place, event_id in enumerate(event_ids):
        if event_id not in queued:
            raise EventUnknownError(
                f"There is no event {event_id} for this endpoint.", pointer=f"/event_ids/{place}"
            )
    return len(queued)


async def replay_period(
    session: AsyncSession,
    endpoint: Endpoint,
    since: datetime,
    until: datetime,
    *,
    offered: Sequence[str],
    now: datetime,
) -> int:
    """Queue what the service accepted from a moment to before another; return how many events.

    Raises `ReplayTooLargeError`, and queues nothing then.
    """
    period = {"since": since, "until": until, "limit": MOST_EVENTS + 1}
    values = {**_scope(endpoint, offered, now), **period}
    queued = len((await session.execute(_BY_PERIOD, values)).all())
    if queued > MOST_EVENTS:
        detail = f"The period holds more than {MOST_EVENTS} events of this endpoint."
        raise ReplayTooLargeError(detail, limit=MOST_EVENTS)
    return queued


async def replay_failed(session: AsyncSession, endpoint: Endpoint, *, now: datetime) -> int:
    """Queue all that was given up; return how many messages."""
    values = {"endpoint_id": endpoint.endpoint_id, "now": now}
    return len((await session.execute(_FAILED, values)).all())


async def queue_test(session: AsyncSession, endpoint: Endpoint, *, now: datetime) -> str:
    """Queue an event that nothing happened for, to try an endpoint; return its id."""
    message_id = new_id("test")
    body = {"type": TEST_TYPE, "timestamp": now, "data": {"endpoint_id": endpoint.endpoint_id}}
    values = {
        "endpoint_id": endpoint.endpoint_id,
        "message_id": message_id,
        "now": now,
        "type": TEST_TYPE,
        "body": msgspec.json.encode({"id": message_id, **body}).decode(),
    }
    await session.execute(_TEST, values)
    return message_id


def _scope(endpoint: Endpoint, offered: Sequence[str], now: datetime) -> dict[str, object]:
    return {
        "endpoint_id": endpoint.endpoint_id,
        "types": endpoint.types,
        "stores": endpoint.stores,
        "offered": list(offered),
        "now": now,
    }


def _parse(event_id: str) -> tuple[UUID, int] | None:
    origin, _, number = event_id.partition(":")
    try:
        parts = UUID(origin), int(number)
    except ValueError:
        return None
    is_plain = f"{parts[0]}:{parts[1]}" == event_id and 0 < parts[1] < 2**63
    return parts if is_plain else None
