"""What a service knows of staff, roles and keys: asked when somebody calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_STAFF = text("""
    SELECT s.staff_number, s.roles, s.stores, s.is_enabled,
           coalesce((SELECT jsonb_object_agg(r.role, r.scopes) FROM registry_roles r
                     WHERE r.role = ANY(s.roles)), '{}') AS scopes
    FROM registry_staff s WHERE s.staff_number = :staff_number
""")
_API_KEY = text("""
    SELECT key_id, secret_hash, scopes, stores, expires_at, is_revoked
    FROM registry_api_keys WHERE key_id = :key_id
""")
_ANY = text("SELECT EXISTS (SELECT FROM registry_signing_keys)")
_SIGNING_KEY = text("SELECT jwk, is_revoked FROM registry_signing_keys WHERE kid = :kid")


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """A member of staff; `scopes` by role, as the roles stand, unknown roles left out."""

    staff_number: str
    roles: frozenset[str]
    stores: frozenset[str] | None
    is_enabled: bool
    scopes: Mapping[str, frozenset[str]]

    def scopes_of(self, roles: Iterable[str]) -> frozenset[str]:
        """Return what these of the account's roles grant together."""
        return frozenset().union(*(self.scopes.get(role, frozenset()) for role in roles))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key; `secret_hash` is SHA-256, hexadecimal."""

    key_id: str
    secret_hash: str
    scopes: frozenset[str]
    stores: frozenset[str] | None
    expires_at: datetime | None
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key of directory, as a JSON Web Key."""

    jwk: Mapping[str, Any]
    is_revoked: bool


async def find_staff(session: AsyncSession, staff_number: str) -> StaffAccount | None:
    """Return an account with what its roles grant, None if it is not known."""
    found = await session.execute(_STAFF, {"staff_number": staff_number})
    row = found.mappings().one_or_none()
    if row is None:
        return None
    return StaffAccount(
        staff_number=row["staff_number"],
        roles=frozenset(row["roles"]),
        stores=None if row["stores"] is None else frozenset(row["stores"]),
        is_enabled=row["is_enabled"],
        scopes={role: frozenset(scopes) for role, scopes in row["scopes"].items()},
    )


async def find_api_key(session: AsyncSession, key_id: str) -> ApiKey | None:
    """Return an API key, None if it is not known."""
    row = (await session.execute(_API_KEY, {"key_id": key_id})).mappings().one_or_none()
    if row is None:
        return None
    return ApiKey(
        key_id=row["key_id"],
        secret_hash=row["secret_hash"],
        scopes=frozenset(row["scopes"]),
        stores=None if row["stores"] is None else frozenset(row["stores"]),
        expires_at=row["expires_at"],
        is_revoked=row["is_revoked"],
    )


async def find_signing_key(session: AsyncSession, kid: str) -> SigningKey | None:
    """Return a public key of directory, None if it is not known."""
    row = (await session.execute(_SIGNING_KEY, {"kid": kid})).one_or_none()
    return None if row is None else SigningKey(*row)


async def has_begun(session: AsyncSession) -> bool:
    """Say whether anything of directory has come here: it has a signing key before all else."""
    return bool((await session.execute(_ANY)).scalar_one())
