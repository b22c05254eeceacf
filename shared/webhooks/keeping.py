"""What the clock does for webhooks: old attempts go, what waits is measured."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.jobs import Clock, Span
from shared.observability import metrics

FORGETTING_EVERY = timedelta(hours=1)
_AT_ONCE = 10_000

# what was never delivered keeps its attempts, until it is replayed or its endpoint deleted
_FORGET = text("""
    DELETE FROM webhook_attempts WHERE id IN (
        SELECT a.id FROM webhook_attempts a
        WHERE a.attempted_at < :before
          AND NOT EXISTS (SELECT FROM webhook_messages m
                          WHERE m.endpoint_id = a.endpoint_id AND m.message_id = a.message_id)
        ORDER BY a.attempted_at LIMIT :most
    )
""")
_OLDEST = text("""
    SELECT extract(epoch FROM clock_timestamp() - least(
        (SELECT min(m.received_at)
         FROM webhook_messages m JOIN webhook_endpoints w USING (endpoint_id)
         WHERE w.is_enabled AND m.state = 'waiting'),
        (SELECT min(o.received_at)
         FROM webhook_positions p JOIN webhook_endpoints w USING (endpoint_id)
         JOIN event_order o ON o.partition = p.partition AND o.sequence = p.next_sequence
         WHERE w.is_enabled)))
""")
_COUNTS = text("""
    SELECT (SELECT count(*) FROM webhook_endpoints WHERE disabled_for <> 'caller'),
           (SELECT count(*) FROM webhook_messages WHERE state = 'failed')
""")


def forgetting_clock(keep_days: int) -> Clock:
    """Drop attempts that are older than so many days, but for those of undelivered messages."""

    async def forget(session: AsyncSession, span: Span) -> None:
        await forget_attempts(session, span, keep_days)

    return Clock("forget_webhook_attempts", FORGETTING_EVERY, forget)


async def forget_attempts(session: AsyncSession, span: Span, keep_days: int) -> None:
    """Drop old attempts of what is settled."""
    wanted = {"before": span.until - timedelta(days=keep_days), "most": _AT_ONCE}
    while (await session.execute(_FORGET, wanted)).rowcount == _AT_ONCE:  # type: ignore[attr-defined]
        pass


async def measure(session: AsyncSession, owner: str) -> None:
    """Set the gauges of an owner's webhooks."""
    oldest = (await session.execute(_OLDEST)).scalar_one()
    disabled, failed = (await session.execute(_COUNTS)).one()
    metrics.webhook_oldest_undelivered_seconds.labels(owner).set(float(oldest or 0))
    metrics.webhook_endpoints_disabled.labels(owner).set(disabled)
    metrics.webhook_messages_failed.labels(owner).set(failed)


def measure_nothing(owner: str) -> None:
    """Leave the gauges to whoever sends now."""
    metrics.webhook_oldest_undelivered_seconds.labels(owner).set(0)
    metrics.webhook_endpoints_disabled.labels(owner).set(0)
    metrics.webhook_messages_failed.labels(owner).set(0)
