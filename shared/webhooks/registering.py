"""Registering endpoints: each function is a part of one transaction, and audited in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import differences, record_change
from shared.crypto import PersonalData
from shared.kernel.clock import utc_now
from shared.kernel.ids import new_id
from shared.kernel.refusals import InvalidError, Refusal
from shared.registry.stores import wait_for_stores
from shared.web.callers import Caller
from shared.webhooks.endpoints import (
    Endpoint,
    delete_endpoint,
    find_endpoint,
    insert_endpoint,
    offered_types,
    pass_trimmed,
    store_secret,
    update_endpoint,
)
from shared.webhooks.queue import hurry, leave_out
from shared.webhooks.signing import new_secret

READS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "directory": ("stores:read", "staff:read", "settings:read"),
        "orders": ("orders:read",),
        "promotion": ("promotion:read",),
        "cs": ("cs:read",),
        "inventory": ("inventory:read",),
    }
)
"""What a caller must be allowed to read who lets a service's events be sent somewhere."""


class WebhookTypeUnknownError(InvalidError):
    """An event type that this service does not offer to webhooks."""

    kind = "event-type-unknown"


class SealingKeyMissingError(Refusal):
    """The service was given no key to seal the endpoint's secret with."""

    kind = "sealing-key-missing"
    status = 503


def demand_readable(service: str, caller: Caller) -> None:
    """Raise `ScopeMissingError` unless the caller may read what a service's events tell."""
    for scope in READS[service]:
        caller.demand(scope)


def check_types(service: str, types: Sequence[str] | None) -> list[str] | None:
    """Return types sorted, each once, None for all; raises `WebhookTypeUnknownError`."""
    if types is None:
        return None
    offered = offered_types(service)
    for place, name in enumerate(types):
        if name not in offered:
            raise WebhookTypeUnknownError(
                f"The service {service} offers no events of type {name}.",
                pointer=f"/types/{place}",
                offered=offered,
            )
    return sorted(set(types))


async def check_stores(
    session: AsyncSession, stores: Sequence[str] | None, caller: Caller
) -> list[str] | None:
    """Return the stores an endpoint may be told of: the caller's at most, None for all there are.

    Raises `StoreForbiddenError` and `StoreUnknownError`.
    """
    limited = caller.limit(stores)
    if stores is not None:
        await wait_for_stores(session, limited or [], pointer="/stores")
    return limited


async def register(
    session: AsyncSession, caller: Caller, values: Mapping[str, Any], personal: PersonalData | None
) -> tuple[Endpoint, str]:
    """Write a checked endpoint; return it and its secret, which is shown this once.

    Raises `SealingKeyMissingError`.
    """
    secret = new_secret()
    endpoint_id = new_id("we")
    row = {
        **values,
        "endpoint_id": endpoint_id,
        "sealed_secret": seal(personal, secret),
        "created_by": caller.name,
    }
    await insert_endpoint(session, row)
    endpoint = await find_endpoint(session, endpoint_id, caller)
    await record(session, caller, "webhook.registered", endpoint, after=told(endpoint))
    return endpoint, secret


async def change(
    session: AsyncSession, caller: Caller, before: Endpoint, changes: Mapping[str, Any]
) -> Endpoint:
    """Write what changes of a locked endpoint; what is queued follows its types and stores.

    Enabled again it goes on where it stood: what waits is due, what was trimmed away is `missed`.
    """
    values = dict(changes)
    if "is_enabled" in values:
        is_enabled = values["is_enabled"]
        paused = {"disabled_for": "caller", "disabled_at": utc_now()}
        values |= {"disabled_for": None, "disabled_at": None} if is_enabled else paused
        if not is_enabled and not before.is_enabled:  # the reason stays that of the first time
            values |= {"disabled_for": before.disabled_for, "disabled_at": before.disabled_at}
    if values.get("is_enabled") and not before.is_enabled:
        values["missed"] = before.missed + await pass_trimmed(session, before.endpoint_id)
    await update_endpoint(session, replace(before, **values))
    await leave_out(session, before.endpoint_id)
    if values.get("is_enabled") and not before.is_enabled:
        await hurry(session, before.endpoint_id, utc_now())
    after = await find_endpoint(session, before.endpoint_id, caller)
    was, now = differences(told(before), told(after))
    if now:
        await record(session, caller, "webhook.changed", after, before=was, after=now)
    return after


async def rotate(
    session: AsyncSession,
    caller: Caller,
    endpoint: Endpoint,
    personal: PersonalData | None,
    *,
    overlap: timedelta,
) -> tuple[Endpoint, str]:
    """Give a locked endpoint another secret; the former one signs too for a while.

    Raises `SealingKeyMissingError`.
    """
    secret = new_secret()
    until = utc_now() + overlap
    await store_secret(session, endpoint.endpoint_id, seal(personal, secret), former_until=until)
    after = {"former_until": until}
    await record(session, caller, "webhook.secret_rotated", endpoint, after=after)
    return await find_endpoint(session, endpoint.endpoint_id, caller), secret


async def remove(session: AsyncSession, caller: Caller, endpoint: Endpoint) -> None:
    """Delete a locked endpoint; what it was not sent stands in the trail as a number."""
    undelivered = {"waiting": endpoint.waiting, "failed": endpoint.failed}
    before = {**told(endpoint), **undelivered}
    await record(session, caller, "webhook.deleted", endpoint, before=before)
    await delete_endpoint(session, endpoint.endpoint_id)


async def record(
    session: AsyncSession,
    caller: Caller,
    action: str,
    endpoint: Endpoint,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a line of the trail; it is of a store where the endpoint is of one alone."""
    stores = endpoint.stores or ()
    await record_change(
        session,
        caller=caller.name,
        action=action,
        subject=endpoint.endpoint_id,
        store_id=stores[0] if len(stores) == 1 else None,
        before=before,
        after=after,
    )


def told(endpoint: Endpoint) -> dict[str, Any]:
    """Return what the trail tells of an endpoint."""
    names = ("url", "description", "types", "stores", "is_enabled", "missed")
    return {name: getattr(endpoint, name) for name in names}


def seal(personal: PersonalData | None, secret: str) -> bytes:
    """Return a secret as it is stored; raises `SealingKeyMissingError`."""
    if personal is None:
        raise SealingKeyMissingError("This service has no PII_KEY to seal a secret with.")
    return personal.seal(secret)
