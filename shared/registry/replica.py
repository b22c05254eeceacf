"""Keeps the replica of stores, staff, roles and keys, as directory states them.

Each statement is whole and carries a version, so an older one that comes again changes nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.directory import (
    ApiKeyStated,
    RoleStated,
    SigningKeyStated,
    StaffStated,
    StoreStated,
)
from shared.contracts.envelope import CloudEvent, Event


def _upsert(table: str, key: str, *columns: str, json: str | None = None) -> TextClause:
    names = (key, *columns, "version")
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in (*columns, "version"))
    values = ", ".join(f":{name}" for name in names)
    statement = text(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values}) "  # noqa: S608 - our own names
        f"ON CONFLICT ({key}) DO UPDATE SET {sets} WHERE {table}.version < EXCLUDED.version"
    )
    return statement if json is None else statement.bindparams(bindparam(json, type_=JSONB))


_STORE = _upsert(
    "registry_stores",
    "store_id",
    "name",
    "platform",
    "timezone",
    "day_start",
    "currency",
    "groups",
    "is_open",
    "settings",
    json="settings",
)
_STAFF = _upsert("registry_staff", "staff_number", "name", "roles", "stores", "is_enabled")
_ROLE = _upsert("registry_roles", "role", "names", "scopes", json="names")
_API_KEY = _upsert(
    "registry_api_keys",
    "key_id",
    "name",
    "secret_hash",
    "scopes",
    "stores",
    "expires_at",
    "is_revoked",
)
_TABLES = (
    "registry_stores",
    "registry_staff",
    "registry_roles",
    "registry_api_keys",
    "registry_signing_keys",
)
# a signing key has no version: it changes once, to withdrawn, and never back
_SIGNING_KEY = text("""
    INSERT INTO registry_signing_keys (kid, jwk, is_revoked) VALUES (:kid, :jwk, :is_revoked)
    ON CONFLICT (kid) DO UPDATE
    SET is_revoked = registry_signing_keys.is_revoked OR EXCLUDED.is_revoked
""").bindparams(bindparam("jwk", type_=JSONB))

_STATEMENTS: dict[type[Event], TextClause] = {
    StoreStated: _STORE,
    StaffStated: _STAFF,
    RoleStated: _ROLE,
    ApiKeyStated: _API_KEY,
    SigningKeyStated: _SIGNING_KEY,
}


async def keep(session: AsyncSession, *events: Event) -> None:
    """Take statements of directory into the replica; safe to repeat, in any order."""
    rows: defaultdict[type[Event], list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        rows[type(event)].append(_values(event))
    for kind, values in rows.items():
        await session.execute(_STATEMENTS[kind], values)


async def discard_registry(session: AsyncSession) -> None:
    """Empty the replica, before directory's events are read again from the first."""
    for table in _TABLES:
        await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names


class Registry:
    """What each service does with directory's events: a batch is a statement for each kind."""

    types = frozenset(kind.type for kind in _STATEMENTS)

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Take events of directory into the replica; safe to repeat, in any order."""
        await keep(session, *(event.data for event in events))


def _values(event: Event) -> dict[str, Any]:
    return {
        name: getattr(event, name)
        for name in event.__struct_fields__
        if name not in {"occurred_at", "source_updated_at"}
    }
