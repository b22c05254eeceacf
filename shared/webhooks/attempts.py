"""The log of deliveries: one row per attempt, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LIST = text("""
    SELECT id, message_id, type, attempt, attempted_at, milliseconds, outcome, status, error,
           excerpt, next_at
    FROM webhook_attempts
    WHERE endpoint_id = :endpoint_id
      AND (NOT CAST(:failed AS boolean) OR outcome <> 'delivered')
      AND (CAST(:event_id AS text) IS NULL OR message_id = :event_id)
      AND (CAST(:since AS timestamptz) IS NULL OR attempted_at >= :since)
      AND (CAST(:before_id AS bigint) IS NULL OR id < :before_id)
    ORDER BY id DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAttempt:
    """An attempt: of which event, when, for how long, what came of it, when the next one is."""

    id: int
    message_id: str
    type: str
    attempt: int
    attempted_at: datetime
    milliseconds: int
    outcome: str
    status: int | None
    error: str | None
    excerpt: str | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptQuery:
    """Which attempts are asked for: not delivered only, of one event, from a moment on."""

    failed: bool = False
    event_id: str | None = None
    since: datetime | None = None


async def list_attempts(
    session: AsyncSession,
    endpoint_id: str,
    query: AttemptQuery,
    *,
    before_id: int | None,
    limit: int,
) -> list[LoggedAttempt]:
    """Return attempts of an endpoint, newest first, older than one of them."""
    asked = {
        "endpoint_id": endpoint_id,
        "failed": query.failed,
        "event_id": query.event_id,
        "since": query.since,
        "before_id": before_id,
        "limit": limit,
    }
    return [LoggedAttempt(**row) for row in (await session.execute(_LIST, asked)).mappings()]
