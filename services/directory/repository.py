"""Every statement of directory's tables."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.schemas import StaffQuery, StoreQuery
from services.directory.tables import (
    ApiKeyRow,
    CompanySettingsRow,
    RoleRow,
    SigningKeyRow,
    StaffRow,
    StoreRow,
)
from shared.web.pages import PageQuery, next_page

_SEED_LOCK = 0x5EED


async def lock_seeding(session: AsyncSession) -> None:
    """Let one process at a time make what an installation starts with."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEED_LOCK})


async def get_company(session: AsyncSession) -> CompanySettingsRow:
    """Return what is set for the company."""
    return (await session.execute(select(CompanySettingsRow))).scalar_one()


async def share_company(session: AsyncSession) -> CompanySettingsRow:
    """Return what is set for the company, and let nobody change it in this transaction.

    Whoever states a store takes this first, so that a change of the company's settings, which
    states all stores, comes before or after.
    """
    return (
        await session.execute(select(CompanySettingsRow).with_for_update(read=True))
    ).scalar_one()


async def lock_company(session: AsyncSession) -> CompanySettingsRow:
    """Return what is set for the company, to change it."""
    return (await session.execute(select(CompanySettingsRow).with_for_update())).scalar_one()


async def insert_store(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Write a new store; say whether it was not there."""
    done = await session.execute(
        insert(StoreRow).values(**values).on_conflict_do_nothing().returning(StoreRow.store_id)
    )
    return done.scalar_one_or_none() is not None


async def find_store(session: AsyncSession, store_id: str) -> StoreRow | None:
    """Return a store."""
    return await session.get(StoreRow, store_id)


async def lock_store(session: AsyncSession, store_id: str) -> StoreRow | None:
    """Return a store, locked."""
    wanted = select(StoreRow).where(StoreRow.store_id == store_id).with_for_update()
    return (await session.execute(wanted)).scalar_one_or_none()


async def lock_stores(session: AsyncSession) -> Sequence[StoreRow]:
    """Return all stores, locked, by id."""
    wanted = select(StoreRow).order_by(StoreRow.store_id).with_for_update()
    return (await session.execute(wanted)).scalars().all()


async def list_stores(
    session: AsyncSession, query: StoreQuery, stores: list[str] | None
) -> Sequence[StoreRow]:
    """Return a page of stores and one more, limited to these."""
    wanted = select(StoreRow)
    if stores is not None:
        wanted = wanted.where(StoreRow.store_id.in_(stores))
    if query.platform is not None:
        wanted = wanted.where(StoreRow.platform == query.platform)
    if query.group is not None:
        wanted = wanted.where(StoreRow.groups.contains([query.group]))
    if query.updated_since is not None:
        wanted = wanted.where(StoreRow.updated_at >= query.updated_since)
    return await _page(session, wanted, (StoreRow.updated_at, StoreRow.store_id), query)


async def known_stores(session: AsyncSession, store_ids: Collection[str]) -> set[str]:
    """Return which of these stores are there."""
    found = await session.execute(
        select(StoreRow.store_id).where(StoreRow.store_id.in_(sorted(store_ids)))
    )
    return set(found.scalars())


async def insert_staff(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Write a new account; say whether it was not there."""
    done = await session.execute(
        insert(StaffRow).values(**values).on_conflict_do_nothing().returning(StaffRow.staff_number)
    )
    return done.scalar_one_or_none() is not None


async def find_staff(session: AsyncSession, staff_number: str) -> StaffRow | None:
    """Return an account."""
    return await session.get(StaffRow, staff_number)


async def lock_staff(session: AsyncSession, staff_number: str) -> StaffRow | None:
    """Return an account, locked."""
    wanted = select(StaffRow).where(StaffRow.staff_number == staff_number).with_for_update()
    return (await session.execute(wanted)).scalar_one_or_none()


async def list_staff(
    session: AsyncSession, query: StaffQuery, stores: list[str] | None
) -> Sequence[StaffRow]:
    """Return a page of accounts and one more: those whose stores are all among these."""
    wanted = select(StaffRow)
    if stores is not None:
        wanted = wanted.where(_within(StaffRow.stores, stores))
    if query.role is not None:
        wanted = wanted.where(StaffRow.roles.contains([query.role]))
    if query.is_enabled is not None:
        wanted = wanted.where(StaffRow.is_enabled == query.is_enabled)
    return await _page(session, wanted, (StaffRow.updated_at, StaffRow.staff_number), query)


async def lock_role(session: AsyncSession, role: str) -> RoleRow | None:
    """Return a role, locked."""
    wanted = select(RoleRow).where(RoleRow.role == role).with_for_update()
    return (await session.execute(wanted)).scalar_one_or_none()


async def insert_role(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Write a new role; say whether it was not there."""
    done = await session.execute(
        insert(RoleRow).values(**values).on_conflict_do_nothing().returning(RoleRow.role)
    )
    return done.scalar_one_or_none() is not None


async def find_role(session: AsyncSession, role: str) -> RoleRow | None:
    """Return a role."""
    return await session.get(RoleRow, role)


async def list_roles(
    session: AsyncSession, names: Collection[str] | None = None
) -> Sequence[RoleRow]:
    """Return the roles of these names, or all, by name."""
    wanted = select(RoleRow).order_by(RoleRow.role)
    if names is not None:
        wanted = wanted.where(RoleRow.role.in_(sorted(names)))
    return (await session.execute(wanted)).scalars().all()


async def lock_api_key(session: AsyncSession, key_id: str) -> ApiKeyRow | None:
    """Return an API key, locked."""
    wanted = select(ApiKeyRow).where(ApiKeyRow.key_id == key_id).with_for_update()
    return (await session.execute(wanted)).scalar_one_or_none()


async def list_api_keys(
    session: AsyncSession, query: PageQuery, stores: list[str] | None
) -> Sequence[ApiKeyRow]:
    """Return a page of API keys and one more: those whose stores are all among these."""
    wanted = select(ApiKeyRow)
    if stores is not None:
        wanted = wanted.where(_within(ApiKeyRow.stores, stores))
    return await _page(session, wanted, (ApiKeyRow.updated_at, ApiKeyRow.key_id), query)


async def last_uses(session: AsyncSession, key_ids: Collection[str]) -> dict[str, datetime]:
    """Return when each of these keys was last used here."""
    found = await session.execute(
        text("SELECT key_id, last_used_at FROM api_key_uses WHERE key_id = ANY(:ids)"),
        {"ids": sorted(key_ids)},
    )
    return {row.key_id: row.last_used_at for row in found}


async def signing_keys(session: AsyncSession) -> Sequence[SigningKeyRow]:
    """Return the keys whose tokens hold, the newest first."""
    wanted = (
        select(SigningKeyRow)
        .where(~SigningKeyRow.is_revoked)
        .order_by(SigningKeyRow.created_at.desc(), SigningKeyRow.kid)
    )
    return (await session.execute(wanted)).scalars().all()


def _within(column: Any, stores: list[str]) -> ColumnElement[bool]:
    limit = cast(stores, column.type)
    inside: ColumnElement[bool] = column.is_not(None) & column.contained_by(limit)
    return inside


async def _page(
    session: AsyncSession,
    wanted: Select[Any],
    by: tuple[Any, Any],
    query: PageQuery,
) -> Sequence[Any]:
    rows: Sequence[Any] = (await session.execute(next_page(wanted, by, query))).scalars().all()
    return rows
