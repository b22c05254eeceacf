"""Issuing and revoking API keys, tokens and the keys that sign them."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from services.directory.domain import (
    Authority,
    ScopeUnknownError,
    StaffDisabledError,
    StaffUnknownError,
    demand_known,
    grant_token,
)
from services.directory.messages import announce, api_key_stated, signing_key_stated
from services.directory.repository import (
    find_staff,
    known_stores,
    list_roles,
    lock_api_key,
    lock_seeding,
    signing_keys,
)
from services.directory.roles import SCOPES
from services.directory.schemas import NewApiKey, NewToken
from services.directory.tables import ApiKeyRow, SigningKeyRow
from services.directory.usecases.accounts import authority_of
from shared.audit import record_change
from shared.crypto import Sealer, UnreadableError
from shared.kernel.clock import utc_now
from shared.kernel.refusals import InvalidError, NotFoundError
from shared.registry.stores import StoreUnknownError
from shared.web.authenticator import ALGORITHM, ISSUER, hash_secret
from shared.web.callers import Caller

_SYSTEM = "system"


class ExpiryPastError(InvalidError):
    """A key that would have expired when it is issued."""

    kind = "expiry-past"


async def issue_api_key(
    session: AsyncSession, caller: Caller, new: NewApiKey
) -> tuple[ApiKeyRow, str]:
    """Issue a key that allows no more than its issuer may do; return it with its credential.

    Raises `ScopeUnknownError`, `StoreUnknownError`, `GrantForbiddenError`, `ExpiryPastError`.
    """
    demand_known(new.scopes, SCOPES, ScopeUnknownError, "/scopes")
    if new.stores is not None:
        known = await known_stores(session, new.stores)
        demand_known(new.stores, known, StoreUnknownError, "/stores")
    if new.expires_at is not None and new.expires_at <= utc_now():
        raise ExpiryPastError("This moment is past.", pointer="/expires_at")
    authority = authority_of(caller)
    authority.demand_scopes(new.scopes)
    authority.demand_stores(new.stores)
    secret = secrets.token_hex(32)
    row = ApiKeyRow(
        key_id=secrets.token_hex(6),
        name=new.name,
        secret_hash=hash_secret(secret),
        scopes=sorted(set(new.scopes)),
        stores=None if new.stores is None else sorted(set(new.stores)),
        expires_at=new.expires_at,
        is_revoked=False,
        created_by=caller.name,
        version=1,
    )
    session.add(row)
    await session.flush()
    shown = {"name": row.name, "scopes": row.scopes, "stores": row.stores}
    await _record(session, caller.name, "api_key.issued", row.key_id, shown)
    await announce(session, api_key_stated(row))
    return row, f"sf_{row.key_id}_{secret}"


async def revoke_api_key(session: AsyncSession, caller: Caller, key_id: str) -> ApiKeyRow:
    """Revoke a key; repeating it changes nothing. Raises `NotFoundError`."""
    row = await lock_api_key(session, key_id)
    if row is None or not authority_of(caller).sees(row.stores):
        raise NotFoundError(f"There is no API key {key_id}.")
    if not row.is_revoked:
        row.is_revoked = True
        row.version += 1
        await session.flush()
        await _record(session, caller.name, "api_key.revoked", key_id, {"is_revoked": True})
        await announce(session, api_key_stated(row))
    return row


async def issue_token(
    session: AsyncSession, caller: Caller, new: NewToken, sealer: Sealer
) -> tuple[str, datetime]:
    """Sign a token for a member of staff; it allows no more than issuer and bearer may do.

    Raises `StaffUnknownError`, `StaffDisabledError`, `GrantForbiddenError`.
    """
    staff = await find_staff(session, new.staff_number)
    issuer = authority_of(caller)
    if staff is None or not issuer.sees(staff.stores):
        raise StaffUnknownError(
            f"There is no staff number {new.staff_number}.", pointer="/staff_number"
        )
    if not staff.is_enabled:
        raise StaffDisabledError(f"Staff number {new.staff_number} is disabled.")
    roles = await list_roles(session, staff.roles)
    bearer = Authority(
        frozenset(scope for role in roles for scope in role.scopes),
        None if staff.stores is None else frozenset(staff.stores),
    )
    grant = grant_token(issuer, bearer, new.scopes, new.stores)
    issued_at = utc_now().replace(microsecond=0)
    expires_at = issued_at + timedelta(seconds=new.expires_in)
    claims = {
        "iss": ISSUER,
        "sub": staff.staff_number,
        "roles": staff.roles,
        "scopes": grant.scopes,
        "stores": grant.stores,
        "iat": issued_at,
        "exp": expires_at,
    }
    row, private = await ensure_signing_key(session, sealer)
    shown = {"scopes": grant.scopes, "stores": grant.stores, "expires_at": expires_at}
    await _record(session, caller.name, "token.issued", staff.staff_number, shown)
    return jwt.encode(claims, private, ALGORITHM, headers={"kid": row.kid}), expires_at


async def ensure_signing_key(
    session: AsyncSession, sealer: Sealer
) -> tuple[SigningKeyRow, Ed25519PrivateKey]:
    """Return the key that signs, made when there is none that this sealer opens."""
    found = await _usable_key(session, sealer)
    if found is None:
        await lock_seeding(session)
        found = await _usable_key(session, sealer)
    return found or await _make_signing_key(session, sealer, _SYSTEM)


async def rotate_signing_key(
    session: AsyncSession, caller: Caller, sealer: Sealer, *, withdraw_old: bool
) -> SigningKeyRow:
    """Make a new key that signs; on demand the old ones' tokens end at once."""
    await lock_seeding(session)
    old = await signing_keys(session) if withdraw_old else []
    for each in old:
        each.is_revoked = True
    await session.flush()
    for each in old:
        withdrawn = {"is_revoked": True}
        await _record(session, caller.name, "signing_key.withdrawn", each.kid, withdrawn)
    await announce(session, *(signing_key_stated(each) for each in old))
    row, _ = await _make_signing_key(session, sealer, caller.name)
    return row


async def _usable_key(
    session: AsyncSession, sealer: Sealer
) -> tuple[SigningKeyRow, Ed25519PrivateKey] | None:
    for row in await signing_keys(session):
        try:
            raw = sealer.open_bytes(row.sealed_private)
        except UnreadableError:
            continue  # sealed with an earlier secret; its tokens hold until they end
        return row, Ed25519PrivateKey.from_private_bytes(raw)
    return None


async def _make_signing_key(
    session: AsyncSession, sealer: Sealer, maker: str
) -> tuple[SigningKeyRow, Ed25519PrivateKey]:
    private = Ed25519PrivateKey.generate()
    kid = secrets.token_hex(8)
    public = jwt.get_algorithm_by_name(ALGORITHM).to_jwk(private.public_key(), as_dict=True)
    row = SigningKeyRow(
        kid=kid,
        jwk={**public, "kid": kid, "use": "sig", "alg": ALGORITHM},
        sealed_private=sealer.seal_bytes(private.private_bytes_raw()),
        is_revoked=False,
    )
    session.add(row)
    await session.flush()
    await _record(session, maker, "signing_key.made", kid, {"kid": kid})
    await announce(session, signing_key_stated(row))
    return row, private


async def _record(
    session: AsyncSession, caller: str, action: str, subject: str, after: Mapping[str, object]
) -> None:
    await record_change(
        session,
        caller=caller,
        action=action,
        subject=subject,
        store_id=None,
        before=None,
        after=after,
    )
