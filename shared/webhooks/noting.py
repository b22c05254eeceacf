"""Noting attempts: the log of them, the queue, and how the endpoints do, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import Change, record_changes
from shared.webhooks.judging import Answer, Health, Outcome, RetryRules, health_after, judge
from shared.webhooks.queue import Message

TRIMMED = "the event is not in the log any more"

_LOCK = text("""
    SELECT endpoint_id, failures, failing_since, resting_until, is_enabled, stores
    FROM webhook_endpoints WHERE endpoint_id = ANY(:ids) ORDER BY endpoint_id FOR UPDATE
""")
_LOG = text("""
    INSERT INTO webhook_attempts (endpoint_id, message_id, type, attempt, attempted_at,
                                  milliseconds, outcome, status, error, excerpt, next_at)
    SELECT * FROM unnest(
        CAST(:endpoint_ids AS text[]), CAST(:message_ids AS text[]), CAST(:types AS text[]),
        CAST(:attempts AS integer[]), CAST(:moments AS timestamptz[]),
        CAST(:milliseconds AS integer[]), CAST(:outcomes AS text[]), CAST(:statuses AS smallint[]),
        CAST(:errors AS text[]), CAST(:excerpts AS text[]), CAST(:nexts AS timestamptz[]))
""")
# a message that was replayed since is due at another moment, and stays
_SETTLE = text("""
    WITH noted AS (
        SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:dues AS timestamptz[]),
                             CAST(:attempts AS integer[]), CAST(:outcomes AS text[]),
                             CAST(:nexts AS timestamptz[]))
             AS n (id, due_at, attempts, outcome, next_at)
    ), done AS (
        DELETE FROM webhook_messages m USING noted n
        WHERE m.id = n.id AND m.due_at = n.due_at AND n.outcome = 'delivered'
    )
    UPDATE webhook_messages m
    SET attempts = n.attempts, due_at = coalesce(n.next_at, m.due_at),
        state = CASE n.outcome WHEN 'failed' THEN 'failed' ELSE 'waiting' END
    FROM noted n WHERE m.id = n.id AND m.due_at = n.due_at AND n.outcome <> 'delivered'
""")
_HEALTH = text("""
    UPDATE webhook_endpoints w
    SET failures = n.failures, failing_since = n.failing_since, resting_until = n.resting_until
    FROM unnest(CAST(:ids AS text[]), CAST(:failures AS integer[]),
                CAST(:sinces AS timestamptz[]), CAST(:rests AS timestamptz[]))
         AS n (endpoint_id, failures, failing_since, resting_until)
    WHERE w.endpoint_id = n.endpoint_id
""")
_DISABLE = text("""
    UPDATE webhook_endpoints w
    SET is_enabled = false, disabled_for = n.disabled_for, disabled_at = :now,
        version = version + 1, updated_at = now()
    FROM unnest(CAST(:ids AS text[]), CAST(:reasons AS text[])) AS n (endpoint_id, disabled_for)
    WHERE w.endpoint_id = n.endpoint_id AND w.is_enabled
""")

log = structlog.get_logger()


class Attempt(NamedTuple):
    """A message and how an attempt to send it ended."""

    message: Message
    answer: Answer


@dataclass(frozen=True, slots=True)
class _State:
    health: Health
    is_enabled: bool
    store_id: str | None


class Noted(NamedTuple):
    """What became of an attempt, and when the next one is."""

    attempt: Attempt
    outcome: Outcome
    next_at: datetime | None


async def note_attempts(
    session: AsyncSession, attempts: Sequence[Attempt], rules: RetryRules
) -> list[Noted]:
    """Write down how attempts ended; return what became of each whose endpoint is still there.

    An endpoint that is given up is disabled with the reason, in the audit trail too. The number of
    statements does not grow with the attempts.
    """
    if not attempts:
        return []
    states = await _lock(session, {each.message.endpoint_id for each in attempts})
    kept = [each for each in attempts if each.message.endpoint_id in states]
    noted = [_note(each, rules) for each in kept]
    if not noted:
        return noted
    await _write(session, noted)
    after = {endpoint_id: state.health for endpoint_id, state in states.items()}
    for each in kept:
        if each.message.body is None:
            continue  # nothing was sent, which says nothing of the endpoint
        endpoint_id = each.message.endpoint_id
        reason = after[endpoint_id].disabled_for
        health = health_after(after[endpoint_id], each.answer, rules)
        after[endpoint_id] = replace(health, disabled_for=reason or health.disabled_for)
    await _store_health(session, after)
    await disable(
        session,
        {
            endpoint_id: health.disabled_for
            for endpoint_id, health in after.items()
            if health.disabled_for is not None and states[endpoint_id].is_enabled
        },
        {endpoint_id: state.store_id for endpoint_id, state in states.items()},
        now=kept[-1].answer.at,
    )
    return noted


async def disable(
    session: AsyncSession,
    reasons: dict[str, str],
    stores: dict[str, str | None],
    *,
    now: datetime,
) -> None:
    """Disable locked endpoints by themselves, each for its reason, and say so in the trail."""
    if not reasons:
        return
    values = {"ids": list(reasons), "reasons": list(reasons.values()), "now": now}
    await session.execute(_DISABLE, values)
    changes = [
        Change(
            "webhook.disabled",
            endpoint_id,
            stores.get(endpoint_id),
            {"enabled": True},
            {"enabled": False, "disabled_for": reason},
        )
        for endpoint_id, reason in reasons.items()
    ]
    await record_changes(session, caller="system", changes=changes)
    log.warning("webhooks_disabled", endpoints=reasons)


async def _lock(session: AsyncSession, endpoint_ids: set[str]) -> dict[str, _State]:
    rows = await session.execute(_LOCK, {"ids": sorted(endpoint_ids)})
    return {
        endpoint_id: _State(
            Health(failures, since, rests),
            is_enabled,
            stores[0] if stores is not None and len(stores) == 1 else None,
        )
        for endpoint_id, failures, since, rests, is_enabled, stores in rows
    }


def _note(attempt: Attempt, rules: RetryRules) -> Noted:
    message, answer = attempt
    if message.body is None:  # there is nothing left to try again with
        return Noted(attempt, Outcome.FAILED, None)
    outcome, next_at = judge(answer, message.attempts + 1, rules)
    return Noted(attempt, outcome, next_at)


async def _write(session: AsyncSession, noted: Sequence[Noted]) -> None:
    messages = [each.attempt.message for each in noted]
    answers = [each.attempt.answer for each in noted]
    shared = {
        "attempts": [message.attempts + 1 for message in messages],
        "outcomes": [each.outcome.value for each in noted],
        "nexts": [each.next_at for each in noted],
    }
    logged = {
        "endpoint_ids": [message.endpoint_id for message in messages],
        "message_ids": [message.message_id for message in messages],
        "types": [message.type for message in messages],
        "moments": [answer.at for answer in answers],
        "milliseconds": [round(answer.seconds * 1000) for answer in answers],
        "statuses": [answer.status for answer in answers],
        "errors": [answer.error for answer in answers],
        "excerpts": [answer.excerpt for answer in answers],
    }
    await session.execute(_LOG, {**shared, **logged})
    rounds = {
        "ids": [message.id for message in messages],
        "dues": [message.due_at for message in messages],
    }
    await session.execute(_SETTLE, {**shared, **rounds})


async def _store_health(session: AsyncSession, after: dict[str, Health]) -> None:
    values = {
        "ids": list(after),
        "failures": [health.failures for health in after.values()],
        "sinces": [health.failing_since for health in after.values()],
        "rests": [health.resting_until for health in after.values()],
    }
    await session.execute(_HEALTH, values)
