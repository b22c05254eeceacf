"""Endpoints: their rows, who sees them, where in the log they begin."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.catalogue import EVENTS
from shared.kernel.refusals import NotFoundError
from shared.web.callers import Caller
from shared.web.pages import Position

WITHHELD = frozenset({"directory.api_key_stated.v1"})
"""What no webhook tells: the hash of a secret is for services alone."""

_COLUMNS = """
    w.endpoint_id, w.url, w.description, w.types, w.stores, w.sealed_secret, w.former_secret,
    w.former_until, w.is_enabled, w.disabled_for, w.disabled_at, w.failing_since, w.resting_until,
    w.missed, w.version, w.created_by, w.created_at, w.updated_at
"""
_COUNTS = """
    (SELECT count(*) FROM webhook_messages m
     WHERE m.endpoint_id = w.endpoint_id AND m.state = 'waiting') AS waiting,
    (SELECT count(*) FROM webhook_messages m
     WHERE m.endpoint_id = w.endpoint_id AND m.state = 'failed') AS failed
"""
_LOCK = text(f"""
    SELECT {_COLUMNS}, {_COUNTS} FROM webhook_endpoints w WHERE w.endpoint_id = :id FOR UPDATE OF w
""")  # noqa: S608 - made of constants
_FIND = text(f"""
    SELECT {_COLUMNS}, {_COUNTS} FROM webhook_endpoints w WHERE w.endpoint_id = :id
""")  # noqa: S608 - as above
_LIST = text(f"""
    SELECT {_COLUMNS}, {_COUNTS} FROM webhook_endpoints w
    WHERE (CAST(:all_stores AS boolean) OR w.stores <@ CAST(:stores AS text[]))
      AND (CAST(:moment AS timestamptz) IS NULL OR (w.created_at, w.endpoint_id) > (:moment, :id))
    ORDER BY w.created_at, w.endpoint_id LIMIT :limit
""")  # noqa: S608 - as above
_INSERT = text("""
    INSERT INTO webhook_endpoints (endpoint_id, url, description, types, stores, sealed_secret,
                                   created_by)
    VALUES (:endpoint_id, :url, :description, :types, :stores, :sealed_secret, :created_by)
""")
# what is committed and has no number yet counts as present: it may be sent, it is never missed
_BEGIN = text("""
    INSERT INTO webhook_positions (endpoint_id, partition, next_sequence)
    SELECT :endpoint_id, partition, last_sequence + 1 FROM log_lanes
""")
_UPDATE = text("""
    UPDATE webhook_endpoints
    SET url = :url, description = :description, types = :types, stores = :stores,
        is_enabled = :is_enabled, disabled_for = :disabled_for, disabled_at = :disabled_at,
        missed = :missed, failures = 0, failing_since = NULL, resting_until = NULL,
        version = version + 1, updated_at = now()
    WHERE endpoint_id = :endpoint_id
""")
_ROTATE = text("""
    UPDATE webhook_endpoints
    SET former_secret = sealed_secret, former_until = :former_until, sealed_secret = :sealed_secret,
        version = version + 1, updated_at = now()
    WHERE endpoint_id = :endpoint_id
""")
_DELETE = text("DELETE FROM webhook_endpoints WHERE endpoint_id = :endpoint_id")
_PASS_TRIMMED = text("""
    WITH behind AS (
        SELECT p.endpoint_id, p.partition, l.trimmed_sequence + 1 - p.next_sequence AS missed,
               l.trimmed_sequence
        FROM webhook_positions p JOIN log_lanes l USING (partition)
        WHERE p.endpoint_id = :endpoint_id AND p.next_sequence <= l.trimmed_sequence
        FOR UPDATE OF p
    ), moved AS (
        UPDATE webhook_positions p SET next_sequence = b.trimmed_sequence + 1
        FROM behind b WHERE p.endpoint_id = b.endpoint_id AND p.partition = b.partition
    )
    SELECT coalesce(sum(missed), 0)::bigint FROM behind
""")


class EndpointUnknownError(NotFoundError):
    """There is no such endpoint among those whose stores are all the caller's."""

    kind = "webhook-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A receiver of events.

    `types` None means all that the service offers, `stores` None all stores there are or will be.
    `disabled_for` is caller, gone, failing or secret-unreadable. `missed` counts events of the log,
    of any type, that were trimmed away while it was disabled. `waiting` and `failed` count what is
    queued, and what was given up.
    """

    endpoint_id: str
    url: str
    description: str
    types: Sequence[str] | None
    stores: Sequence[str] | None
    sealed_secret: bytes
    former_secret: bytes | None
    former_until: datetime | None
    is_enabled: bool
    disabled_for: str | None
    disabled_at: datetime | None
    failing_since: datetime | None
    resting_until: datetime | None
    missed: int
    version: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    waiting: int = 0
    failed: int = 0


def offered_types(service: str) -> list[str]:
    """Return the types that an endpoint of a service may ask for, sorted.

    What a log states of itself (probes, digests) is no fact of the shop, and not among them.
    """
    return sorted(
        name for name, event in EVENTS.items() if event.owner() == service and name not in WITHHELD
    )


async def find_endpoint(session: AsyncSession, endpoint_id: str, caller: Caller) -> Endpoint:
    """Return an endpoint that the caller sees; raises `EndpointUnknownError`."""
    return await _one(session, _FIND, endpoint_id, caller)


async def lock_endpoint(session: AsyncSession, endpoint_id: str, caller: Caller) -> Endpoint:
    """Return an endpoint that the caller sees, locked; raises `EndpointUnknownError`."""
    return await _one(session, _LOCK, endpoint_id, caller)


async def list_endpoints(
    session: AsyncSession, caller: Caller, *, after: Position | None, limit: int
) -> list[Endpoint]:
    """Return endpoints whose stores are all the caller's, in the order they were registered."""
    stores = caller.limit(None)
    asked = {
        "all_stores": stores is None,
        "stores": stores or [],
        "moment": after.moment if after else None,
        "id": str(after.id) if after else None,
        "limit": limit,
    }
    return [Endpoint(**row) for row in (await session.execute(_LIST, asked)).mappings()]


async def insert_endpoint(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a new endpoint that begins at the present of every partition."""
    await session.execute(_INSERT, values)
    await session.execute(_BEGIN, {"endpoint_id": values["endpoint_id"]})


async def update_endpoint(session: AsyncSession, endpoint: Endpoint) -> None:
    """Write what may change of an endpoint, and forget how it did."""
    names = ("url", "description", "types", "stores", "is_enabled", "disabled_for", "disabled_at")
    values = {name: getattr(endpoint, name) for name in names}
    identity = {"endpoint_id": endpoint.endpoint_id, "missed": endpoint.missed}
    await session.execute(_UPDATE, {**values, **identity})


async def store_secret(
    session: AsyncSession, endpoint_id: str, sealed: bytes, *, former_until: datetime
) -> None:
    """Give an endpoint another secret; the former one signs too until a moment."""
    values = {"endpoint_id": endpoint_id, "sealed_secret": sealed, "former_until": former_until}
    await session.execute(_ROTATE, values)


async def delete_endpoint(session: AsyncSession, endpoint_id: str) -> None:
    """Delete an endpoint with its queue and its log."""
    await session.execute(_DELETE, {"endpoint_id": endpoint_id})


async def pass_trimmed(session: AsyncSession, endpoint_id: str) -> int:
    """Move an endpoint's positions to where the log begins; return how many events it missed."""
    missed: int = (await session.execute(_PASS_TRIMMED, {"endpoint_id": endpoint_id})).scalar_one()
    return missed


async def _one(session: AsyncSession, statement: Any, endpoint_id: str, caller: Caller) -> Endpoint:
    row = (await session.execute(statement, {"id": endpoint_id})).mappings().one_or_none()
    if row is not None:
        endpoint = Endpoint(**row)
        if sees(caller, endpoint.stores):
            return endpoint
    raise EndpointUnknownError(f"There is no webhook endpoint {endpoint_id} for your stores.")


def sees(caller: Caller, stores: Sequence[str] | None) -> bool:
    """Say whether all of these stores, None for all there are, are the caller's."""
    return caller.stores is None or (stores is not None and caller.stores.issuperset(stores))
