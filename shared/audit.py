"""The audit trail: who changed what, when, from what to what; written with the change."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.observability.trace import current_trace

_RECORD = text("""
    INSERT INTO audit_trail (caller, action, subject, store_id, before, after, trace)
    VALUES (:caller, :action, :subject, :store_id, :before, :after, :trace)
""").bindparams(
    bindparam("before", type_=JSONB(none_as_null=True)),
    bindparam("after", type_=JSONB(none_as_null=True)),
)


_RECORD_MANY = text("""
    INSERT INTO audit_trail (caller, action, subject, store_id, before, after, trace)
    SELECT caller, action, subject, store_id, CAST(before AS jsonb), CAST(after AS jsonb), trace
    FROM unnest(CAST(:callers AS text[]), CAST(:actions AS text[]), CAST(:subjects AS text[]),
                CAST(:store_ids AS text[]), CAST(:befores AS text[]), CAST(:afters AS text[]),
                CAST(:traces AS text[]))
         AS line (caller, action, subject, store_id, before, after, trace)
""")


async def record_change(  # noqa: PLR0913 - a line of the trail, its members named
    session: AsyncSession,
    *,
    caller: str,
    action: str,
    subject: str,
    store_id: str | None,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Write one change into the trail, in the transaction of the change itself.

    `action` is `noun.past_tense` (`store.changed`), `subject` the id of what changed. The mappings
    hold what differs, of any types that msgspec can encode; no secret and no buyer's data in clear.
    The trail can only be added to.
    """
    line = {
        "caller": caller,
        "action": action,
        "subject": subject,
        "store_id": store_id,
        "before": None if before is None else msgspec.to_builtins(before, str_keys=True),
        "after": None if after is None else msgspec.to_builtins(after, str_keys=True),
        "trace": current_trace.get(),
    }
    await session.execute(_RECORD, line)


class Author(NamedTuple):
    """Who changes something, and in which trace."""

    caller: str
    trace: str | None


class Change(NamedTuple):
    """One line of the trail, as `record_change` takes it.

    `author` is given where several requests share a transaction.
    """

    action: str
    subject: str
    store_id: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    author: Author | None = None


async def record_changes(session: AsyncSession, *, caller: str, changes: Sequence[Change]) -> None:
    """Write many changes into the trail, in one statement; of `caller`, if they name no author."""
    if not changes:
        return
    current = Author(caller, current_trace.get())
    authors = [change.author or current for change in changes]
    values = {
        "callers": [author.caller for author in authors],
        "traces": [author.trace for author in authors],
        "actions": [change.action for change in changes],
        "subjects": [change.subject for change in changes],
        "store_ids": [change.store_id for change in changes],
        "befores": [_json(change.before) for change in changes],
        "afters": [_json(change.after) for change in changes],
    }
    await session.execute(_RECORD_MANY, values)


def _json(mapping: Mapping[str, Any] | None) -> str | None:
    return None if mapping is None else msgspec.json.encode(mapping).decode()


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the members that differ, as they were and as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )
