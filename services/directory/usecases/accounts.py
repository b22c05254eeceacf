"""Entering, changing and disabling staff; setting roles."""

from collections.abc import Collection
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.domain import (
    AlreadyThereError,
    Authority,
    RoleUnknownError,
    ScopeUnknownError,
    demand_known,
    demand_same,
)
from services.directory.messages import announce, role_stated, staff_stated
from services.directory.repository import (
    find_staff,
    insert_role,
    insert_staff,
    known_stores,
    list_roles,
    lock_role,
    lock_staff,
)
from services.directory.roles import SCOPES
from services.directory.schemas import NewStaff, RoleGrant, StaffChange
from services.directory.tables import RoleRow, StaffRow
from shared.audit import differences, record_change
from shared.kernel.refusals import NotFoundError
from shared.registry.stores import StoreUnknownError
from shared.web.callers import Caller
from shared.web.versions import demand_version


def authority_of(caller: Caller) -> Authority:
    """Return what a caller may grant."""
    return Authority(caller.scopes, caller.stores)


async def enter_staff(
    session: AsyncSession, caller: Caller, new: NewStaff
) -> tuple[StaffRow, Literal["created", "unchanged"]]:
    """Make an account, or find it there with the same content.

    Raises `RoleUnknownError`, `StoreUnknownError`, `GrantForbiddenError`, `AlreadyThereError`.
    """
    content = {
        "name": new.name,
        "roles": sorted(set(new.roles)),
        "stores": None if new.stores is None else sorted(set(new.stores)),
    }
    await _demand_grantable(session, authority_of(caller), new.roles, new.stores)
    values = {"staff_number": new.staff_number, **content, "is_enabled": True, "version": 1}
    is_new = await insert_staff(session, values)
    row = await find_staff(session, new.staff_number)
    if row is None or not authority_of(caller).sees(row.stores):
        raise AlreadyThereError(f"Staff number {new.staff_number} is taken.")
    if not is_new:
        kept = {name: getattr(row, name) for name in content}
        demand_same(content, kept, f"Staff number {new.staff_number}")
        return row, "unchanged"
    await _record(session, caller, "staff.entered", row.staff_number, (None, values))
    await announce(session, staff_stated(row))
    return row, "created"


async def change_staff(
    session: AsyncSession,
    caller: Caller,
    staff_number: str,
    *,
    seen: int | None,
    change: StaffChange,
) -> StaffRow:
    """Change an account whose version was seen; nobody gives more than they have.

    Raises `NotFoundError`, `VersionMissingError`, `VersionStaleError`, `RoleUnknownError`,
    `StoreUnknownError`, `GrantForbiddenError`.
    """
    row = await _lock_visible(session, caller, staff_number)
    demand_version(seen, row.version)
    wanted = change.model_dump(exclude_unset=True)
    if wanted.get("roles") is not None:
        wanted["roles"] = sorted(set(wanted["roles"]))
    if wanted.get("stores") is not None:
        wanted["stores"] = sorted(set(wanted["stores"]))
    wanted = {k: v for k, v in wanted.items() if v is not None or k == "stores"}
    roles = wanted.get("roles", row.roles)
    await _demand_grantable(session, authority_of(caller), roles, wanted.get("stores", row.stores))
    return await _apply(session, caller, row, wanted)


async def disable_staff(session: AsyncSession, caller: Caller, staff_number: str) -> StaffRow:
    """Disable an account that has no more than the caller; repeating it changes nothing.

    Raises `NotFoundError`, `GrantForbiddenError`.
    """
    row = await _lock_visible(session, caller, staff_number)
    await _demand_grantable(session, authority_of(caller), row.roles, row.stores)
    return await _apply(session, caller, row, {"is_enabled": False})


async def set_role(
    session: AsyncSession, caller: Caller, role: str, *, seen: int | None, grant: RoleGrant
) -> RoleRow:
    """Set what a role allows; one that is there needs its version.

    Raises `ScopeUnknownError`, `GrantForbiddenError`, `VersionMissingError`, `VersionStaleError`.
    """
    demand_known(grant.scopes, SCOPES, ScopeUnknownError, "/scopes")
    authority = authority_of(caller)
    authority.demand_stores(None)
    names, scopes = grant.names.model_dump(), sorted(set(grant.scopes))
    content: dict[str, Any] = {"names": names, "scopes": scopes}
    authority.demand_scopes(scopes)
    is_new = await insert_role(session, {"role": role, **content, "version": 1})
    row = await lock_role(session, role)
    if row is None:
        raise NotFoundError(f"There is no role {role}.")
    before: dict[str, Any] | None = None
    after = content
    if is_new and seen is not None:
        demand_version(seen, 0)
    if not is_new:
        demand_version(seen, row.version)
        authority.demand_scopes(row.scopes)
        before, after = differences({"names": row.names, "scopes": row.scopes}, content)
        if not after:
            return row
        row.names, row.scopes = names, scopes
        row.version += 1
        await session.flush()
    await _record(session, caller, "role.set", role, (before, after))
    await announce(session, role_stated(row))
    return row


async def _apply(
    session: AsyncSession, caller: Caller, row: StaffRow, wanted: dict[str, Any]
) -> StaffRow:
    before, after = differences({name: getattr(row, name) for name in wanted}, wanted)
    if not after:
        return row
    for name, value in after.items():
        setattr(row, name, value)
    row.version += 1
    await session.flush()
    action = "staff.disabled" if after.get("is_enabled") is False else "staff.changed"
    await _record(session, caller, action, row.staff_number, (before, after))
    await announce(session, staff_stated(row))
    return row


async def _lock_visible(session: AsyncSession, caller: Caller, staff_number: str) -> StaffRow:
    row = await lock_staff(session, staff_number)
    if row is None or not authority_of(caller).sees(row.stores):
        raise NotFoundError(f"There is no staff number {staff_number}.")
    return row


async def _demand_grantable(
    session: AsyncSession,
    authority: Authority,
    roles: Collection[str],
    stores: Collection[str] | None,
) -> None:
    found = {row.role: row.scopes for row in await list_roles(session, roles)}
    demand_known(roles, found, RoleUnknownError, "/roles")
    if stores is not None:
        demand_known(stores, await known_stores(session, stores), StoreUnknownError, "/stores")
    authority.demand_stores(stores)
    authority.demand_scopes(scope for scopes in found.values() for scope in scopes)


async def _record(
    session: AsyncSession,
    caller: Caller,
    action: str,
    subject: str,
    change: tuple[dict[str, Any] | None, dict[str, Any]],
) -> None:
    before, after = change
    await record_change(
        session,
        caller=caller.name,
        action=action,
        subject=subject,
        store_id=None,
        before=before,
        after=after,
    )
