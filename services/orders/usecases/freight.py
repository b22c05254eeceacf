"""Setting freight: templates and couriers of a store, by who saw their last version."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.freight import Template
from services.orders.domain.reaching import Courier, CourierUnknownError, courier_key
from services.orders.domain.reconciling import Outcome
from services.orders.domain.templates import TemplateUnknownError, check_template, demand_alone
from services.orders.repository.freight import (
    StoredCourier,
    StoredTemplate,
    couriers_of,
    delete_courier,
    delete_template,
    lock_freight,
    put_courier,
    put_template,
    taken_skus,
    templates_of,
)
from shared.audit import Change, record_changes
from shared.web.callers import Caller
from shared.web.versions import VersionStaleError, demand_version


async def set_template(
    session: AsyncSession,
    caller: Caller,
    store_id: str,
    *,
    template: Template,
    skus: Sequence[str] | None,
    seen: int | None,
) -> tuple[StoredTemplate, Outcome]:
    """Put a template in the place of the version that was seen; a new one was not seen.

    The same content again changes nothing, whatever was seen. Raises `TemplateInvalidError`,
    `TemplateOverlapError`, `VersionMissingError`, `VersionStaleError`.
    """
    check_template(template, skus)
    await lock_freight(session, store_id)
    others = await templates_of(session, store_id)
    stored = next((each for each in others if each.template.name == template.name), None)
    wanted = None if skus is None else tuple(sorted(skus))
    if stored is not None and (stored.template, stored.skus) == (template, wanted):
        return stored, Outcome.UNCHANGED
    version = _next_version(None if stored is None else stored.version, seen)
    taken = await taken_skus(session, store_id, template.name, wanted or ())
    defaults = [each.template.name for each in others if each.skus is None and each is not stored]
    demand_alone(skus, taken=taken, defaults=defaults)
    made = StoredTemplate(template, wanted, version)
    await put_template(session, store_id, made)
    change = Change(
        "freight_template.set",
        template.name,
        store_id,
        before=None if stored is None else _told(stored),
        after=_told(made),
    )
    await record_changes(session, caller=caller.name, changes=[change])
    return made, Outcome.CREATED if stored is None else Outcome.UPDATED


async def drop_template(
    session: AsyncSession, caller: Caller, store_id: str, *, name: str, seen: int | None
) -> None:
    """Delete a template whose version was seen.

    Raises `TemplateUnknownError`, `VersionMissingError`, `VersionStaleError`.
    """
    await lock_freight(session, store_id)
    stored = await show_template(session, store_id, name)
    demand_version(seen, stored.version)
    await delete_template(session, store_id, name)
    change = Change("freight_template.deleted", name, store_id, before=_told(stored), after=None)
    await record_changes(session, caller=caller.name, changes=[change])


async def show_template(session: AsyncSession, store_id: str, name: str) -> StoredTemplate:
    """Return a template; raises `TemplateUnknownError`."""
    for stored in await templates_of(session, store_id, name):
        return stored
    raise TemplateUnknownError(f"Store {store_id} has no freight template {name}.")


async def set_courier(
    session: AsyncSession, caller: Caller, store_id: str, *, courier: Courier, seen: int | None
) -> tuple[StoredCourier, Outcome]:
    """Put a courier in the place of the version that was seen, as `set_template`.

    Raises `VersionMissingError`, `VersionStaleError`.
    """
    await lock_freight(session, store_id)
    found = await couriers_of(session, store_id, courier.name)
    stored = found[0] if found else None
    if stored is not None and stored.courier == courier:
        return stored, Outcome.UNCHANGED
    made = StoredCourier(courier, _next_version(None if stored is None else stored.version, seen))
    await put_courier(session, store_id, made)
    change = Change(
        "courier.set",
        courier_key(courier.name),
        store_id,
        before=None if stored is None else _told(stored),
        after=_told(made),
    )
    await record_changes(session, caller=caller.name, changes=[change])
    return made, Outcome.CREATED if stored is None else Outcome.UPDATED


async def drop_courier(
    session: AsyncSession, caller: Caller, store_id: str, *, name: str, seen: int | None
) -> None:
    """Delete a courier whose version was seen.

    Raises `CourierUnknownError`, `VersionMissingError`, `VersionStaleError`.
    """
    await lock_freight(session, store_id)
    stored = await show_courier(session, store_id, name)
    demand_version(seen, stored.version)
    await delete_courier(session, store_id, name)
    subject = courier_key(name)
    change = Change("courier.deleted", subject, store_id, before=_told(stored), after=None)
    await record_changes(session, caller=caller.name, changes=[change])


async def show_courier(session: AsyncSession, store_id: str, name: str) -> StoredCourier:
    """Return a courier in any spelling of its name; raises `CourierUnknownError`."""
    for stored in await couriers_of(session, store_id, name):
        return stored
    raise CourierUnknownError(f"Store {store_id} has no courier {name}.")


def _next_version(current: int | None, seen: int | None) -> int:
    if current is not None:
        demand_version(seen, current)
        return current + 1
    if seen is not None:
        raise VersionStaleError("This is not there any more; read it again.", current_version=None)
    return 1


def _told(stored: StoredTemplate | StoredCourier) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(stored)
    return told
