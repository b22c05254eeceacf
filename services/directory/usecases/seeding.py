"""What an installation starts with: the roles of the trade, a key that signs, and defaults."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.messages import announce, role_stated, store_stated
from services.directory.repository import (
    find_role,
    get_company,
    insert_role,
    lock_company,
    lock_role,
    lock_seeding,
    lock_stores,
)
from services.directory.roles import ROLES, SCOPES, Role
from services.directory.thresholds.catalogue import effective
from services.directory.usecases.credentials import ensure_signing_key
from shared.audit import record_change
from shared.crypto import Sealer
from shared.kernel.refusals import NotFoundError


async def seed(session: AsyncSession, sealer: Sealer) -> None:
    """Make what is missing; what is there, and may have been changed, stays. Safe to repeat.

    Only a scope that came with this version is added to the roles that are to have it.
    """
    await lock_seeding(session)
    await _grant_fresh_scopes(session)
    for role in ROLES:
        content = {"names": {"zh": role.zh, "en": role.en}, "scopes": sorted(role.scopes)}
        if not await insert_role(session, {"role": role.role, **content, "version": 1}):
            continue
        row = await find_role(session, role.role)
        if row is None:
            raise NotFoundError(f"There is no role {role.role}.")
        await record_change(
            session,
            caller="system",
            action="role.set",
            subject=role.role,
            store_id=None,
            before=None,
            after=content,
        )
        await announce(session, role_stated(row))
    await ensure_signing_key(session, sealer)
    await _tell_defaults(session)


async def _grant_fresh_scopes(session: AsyncSession) -> None:
    """Grant the scopes that no earlier start knew; one that is taken back later stays so."""
    fresh = SCOPES.difference((await get_company(session)).scopes)
    if not fresh:
        return
    for role in ROLES:
        await _grant(session, role, fresh)
    (await lock_company(session)).scopes = sorted(SCOPES)
    await session.flush()


async def _grant(session: AsyncSession, role: Role, fresh: Collection[str]) -> None:
    row = await lock_role(session, role.role)
    added = role.scopes.intersection(fresh).difference(row.scopes) if row is not None else set()
    if row is None or not added:
        return
    before = row.scopes
    row.scopes = sorted({*before, *added})
    row.version += 1
    await session.flush()
    await record_change(
        session,
        caller="system",
        action="role.set",
        subject=role.role,
        store_id=None,
        before={"scopes": before},
        after={"scopes": row.scopes},
    )
    await announce(session, role_stated(row))


async def _tell_defaults(session: AsyncSession) -> None:
    """State every store anew where thresholds came or got other defaults with this version."""
    defaults = effective()
    if (await get_company(session)).defaults == defaults:
        return
    company = await lock_company(session)
    company.defaults = defaults
    stores = await lock_stores(session)
    for store in stores:
        store.version += 1
    await session.flush()
    await announce(session, *(store_stated(store, company) for store in stores))
