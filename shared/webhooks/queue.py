"""The queue: what endpoints are to be sent, taken from the log behind their positions.

A message is queued in the transaction that moves the position past its event: so each event of an
endpoint is queued once, and none is skipped, whatever stops in between.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log.wire import COLUMNS, NumberedRow, cloud_event

PAGE_EVENTS = 500
"""Events of a partition that an endpoint is taken past at once."""

MOST_FRESH = 1000
"""So many messages nobody has tried yet are enough; more of them wait in the log."""

# endpoints are locked before their positions, as who changes or deletes one does
_TAKE = text("""
    WITH endpoints AS MATERIALIZED (
        SELECT endpoint_id, types, stores FROM webhook_endpoints WHERE is_enabled
        ORDER BY endpoint_id FOR KEY SHARE
    ), full_ones AS (
        SELECT endpoint_id FROM webhook_messages WHERE state = 'waiting' AND attempts = 0
        GROUP BY endpoint_id HAVING count(*) >= :most
    ), behind AS MATERIALIZED (
        SELECT w.endpoint_id, w.types, w.stores, p.partition, p.next_sequence
        FROM endpoints w
        JOIN webhook_positions p USING (endpoint_id)
        JOIN log_lanes l ON l.partition = p.partition AND l.last_sequence >= p.next_sequence
        WHERE w.endpoint_id NOT IN (SELECT endpoint_id FROM full_ones)
        ORDER BY w.endpoint_id, p.partition FOR UPDATE OF p
    ), found AS MATERIALIZED (
        SELECT b.endpoint_id, b.types, b.stores, o.*
        FROM behind b CROSS JOIN LATERAL (
            SELECT o.partition, o.sequence, o.event_id, o.received_at FROM event_order o
            WHERE o.partition = b.partition AND o.sequence >= b.next_sequence
            ORDER BY o.sequence LIMIT :page
        ) o
    ), queued AS (
        INSERT INTO webhook_messages (endpoint_id, message_id, event_id, received_at, partition,
                                      sequence, type, key, store_id, due_at)
        SELECT f.endpoint_id, e.log_id || ':' || e.id, e.id, e.received_at, f.partition,
               f.sequence, e.type, e.key, e.store_id, CAST(:now AS timestamptz)
        FROM found f JOIN event_log e ON e.id = f.event_id AND e.received_at = f.received_at
        WHERE e.type = ANY(:offered) AND (f.types IS NULL OR e.type = ANY(f.types))
          AND (f.stores IS NULL OR e.store_id = ANY(f.stores))
        ORDER BY f.endpoint_id, f.partition, f.sequence
        ON CONFLICT (endpoint_id, message_id) DO NOTHING
    ), moved AS (
        UPDATE webhook_positions p SET next_sequence = m.last + 1
        FROM (SELECT endpoint_id, partition, max(sequence) AS last FROM found
              GROUP BY endpoint_id, partition) m
        WHERE p.endpoint_id = m.endpoint_id AND p.partition = m.partition
    )
    SELECT count(*) FROM found
""")
# `o` is the message: it knows its event's partition and number
_DUE = text(f"""
    SELECT w.endpoint_id, w.url, w.sealed_secret,
           CASE WHEN w.former_until > :now THEN w.former_secret END, w.failures,
           o.id, o.message_id, o.type, o.key, o.attempts, o.due_at, o.body, {COLUMNS}
    FROM webhook_endpoints w
    CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT DISTINCT ON (m.key) m.* FROM webhook_messages m
            WHERE m.endpoint_id = w.endpoint_id AND m.state = 'waiting' AND m.due_at <= :now
            ORDER BY m.key, m.id
        ) first ORDER BY id LIMIT :limit
    ) o
    LEFT JOIN event_log e ON e.id = o.event_id AND e.received_at = o.received_at
    WHERE w.is_enabled AND (w.resting_until IS NULL OR w.resting_until <= :now)
    ORDER BY w.endpoint_id, o.id
""")  # noqa: S608 - made of constants
_LEAVE_OUT = text("""
    DELETE FROM webhook_messages m USING webhook_endpoints w
    WHERE w.endpoint_id = :endpoint_id AND m.endpoint_id = w.endpoint_id AND m.event_id IS NOT NULL
      AND NOT ((w.types IS NULL OR m.type = ANY(w.types))
               AND (w.stores IS NULL OR coalesce(m.store_id = ANY(w.stores), false)))
""")
_HURRY = text("""
    UPDATE webhook_messages SET due_at = :now WHERE endpoint_id = :endpoint_id AND state = 'waiting'
""")
_HELD = text("""
    SELECT partition, min(sequence) FROM (
        SELECT p.partition, p.next_sequence AS sequence
        FROM webhook_positions p JOIN webhook_endpoints w USING (endpoint_id) WHERE w.is_enabled
        UNION ALL
        SELECT m.partition, m.sequence
        FROM webhook_messages m JOIN webhook_endpoints w USING (endpoint_id)
        WHERE w.is_enabled AND m.state = 'waiting' AND m.event_id IS NOT NULL
    ) needed GROUP BY partition
""")


class Message(NamedTuple):
    """A message that is due, with what is needed to send it.

    `body` is what stands in the request, None if the event is trimmed away. `id` and `due_at` name
    this round of it: a replay makes it due at another moment.
    """

    endpoint_id: str
    url: str
    sealed_secret: bytes
    former_secret: bytes | None
    failures: int
    id: int
    message_id: str
    type: str
    key: str
    attempts: int
    due_at: datetime
    body: bytes | None

    @property
    def lane(self) -> tuple[str, str]:
        """What only one attempt at a time is made for: an aggregate's messages to an endpoint."""
        return self.endpoint_id, self.key


async def take_events(session: AsyncSession, offered: Collection[str], now: datetime) -> int:
    """Queue what the log holds beyond the positions of enabled endpoints, in its order.

    Return how many events were looked at; a whole page means that there may be more. The number of
    statements grows with neither endpoints nor events.
    """
    asked = {"offered": sorted(offered), "page": PAGE_EVENTS, "most": MOST_FRESH, "now": now}
    looked_at: int = (await session.execute(_TAKE, asked)).scalar_one()
    return looked_at


async def find_due(session: AsyncSession, owner: str, now: datetime, limit: int) -> list[Message]:
    """Return, per endpoint that does not rest, messages that are due, the oldest of each key."""
    found = await session.execute(_DUE, {"now": now, "limit": limit})
    return [_message(owner, row) for row in found]


async def leave_out(session: AsyncSession, endpoint_id: str) -> None:
    """Delete queued messages that the endpoint's types and stores do not name any more."""
    await session.execute(_LEAVE_OUT, {"endpoint_id": endpoint_id})


async def hurry(session: AsyncSession, endpoint_id: str, now: datetime) -> None:
    """Make every waiting message of an endpoint due."""
    await session.execute(_HURRY, {"endpoint_id": endpoint_id, "now": now})


async def held_by_webhooks(session: AsyncSession) -> dict[int, int]:
    """Return the lowest number, per partition, of what enabled endpoints are still to be sent."""
    return {row[0]: row[1] for row in await session.execute(_HELD)}


def body_of(owner: str, row: NumberedRow) -> bytes:
    """Return what is sent of an event: its CloudEvent, with `timestamp` as the standard wants it.

    So it reads both ways: `type`, `timestamp`, `data` of Standard Webhooks, and CloudEvents 1.0.
    """
    wire = cloud_event(owner, row)
    return b'{"timestamp":%b,%b' % (msgspec.json.encode(row.occurred_at), wire[1:])


def _message(owner: str, row: Sequence[Any]) -> Message:
    message = Message(*row[:12])
    if message.body is not None:
        return message._replace(body=str(message.body).encode())
    event = NumberedRow(*row[12:])
    is_there: bool = row[14] is not None
    return message._replace(body=body_of(owner, event) if is_there else None)
