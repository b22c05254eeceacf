"""The audit trail: who changed what, when, from what to what; written with the change."""

from collections.abc import Mapping
from typing import Any

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


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the members that differ, as they were and as they are."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )
