"""Turns tokens and API keys into callers, by what the registry's replica says of them."""

import asyncio
import hashlib
import hmac
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import jwt
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.kernel.refusals import Refusal
from shared.registry.accounts import (
    StaffAccount,
    find_api_key,
    find_signing_key,
    find_staff,
    has_begun,
)
from shared.settings import ServiceSettings
from shared.web.callers import Caller, UnauthenticatedError
from shared.web.key_uses import KeyUses
from shared.web.oidc import OidcProvider

ISSUER = "shopfleet"
ALGORITHM = "EdDSA"

CACHE_SECONDS = 0.2  # a revoked key stops everywhere within a second, the way here included
PATIENCE_SECONDS = 2.0  # a key issued a moment ago may still be on its way here
_POLL_SECONDS = 0.1
_MOST_WAITING = 4
_MOST_CACHED = 10_000
_API_KEY = re.compile(r"sf_([0-9A-Za-z]{1,64})_([0-9A-Za-z-]{1,200})")

T = TypeVar("T")


class RegistryAwaitedError(Refusal):
    """A service that has heard nothing of directory yet, and so knows nobody."""

    kind = "registry-awaited"
    status = 503


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a key's secret, hexadecimal; the secret is random and long."""
    return hashlib.sha256(secret.encode()).hexdigest()


def narrow(granted: frozenset[str], wanted: object) -> frozenset[str]:
    """Return the scopes that are granted and, where a token names scopes, named by it."""
    if not isinstance(wanted, list):
        return granted
    named = frozenset(str(scope) for scope in wanted)
    if "admin" in granted:
        return named
    return granted if "admin" in named else granted & named


class RegistryAuthenticator:
    """Knows issued tokens, the company's tokens, API keys, and a few secrets of the installation.

    A caller is remembered for a fifth of a second, and requests that come with the same credential
    meanwhile are identified together. A credential the replica does not know yet is asked for
    again for `patience` seconds, by a few requests at a time.
    """

    def __init__(
        self,
        database: Database,
        *,
        secrets: Mapping[str, Caller] | None = None,
        oidc: OidcProvider | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._database = database
        self._secrets = {hash_secret(key): caller for key, caller in (secrets or {}).items()}
        self._oidc = oidc
        self._patience = patience
        self._waiting = asyncio.Semaphore(_MOST_WAITING)
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._asking: dict[str, asyncio.Future[Caller]] = {}
        self._uses = KeyUses(database)

    async def authenticate(self, credential: str) -> Caller:
        """Return the caller; raises `UnauthenticatedError` and `RegistryAwaitedError`."""
        digest = hash_secret(credential)
        for secret, caller in self._secrets.items():
            if hmac.compare_digest(secret, digest):
                return caller
        until, known = self._known.get(digest, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        earlier = self._asking.get(digest)
        if earlier is not None:
            with suppress(Refusal):  # what it was refused may be known by now: ask once more
                return await asyncio.shield(earlier)
        return await asyncio.shield(self._asked(digest, credential))

    def _asked(self, digest: str, credential: str) -> "asyncio.Future[Caller]":
        """Return the one identification of a credential that is under way, or begin it.

        It goes on when the request that began it is given up: others wait for it too.
        """
        asking = self._asking.get(digest)
        if asking is None:
            asking = asyncio.ensure_future(self._remember(digest, credential))
            self._asking[digest] = asking
            asking.add_done_callback(partial(self._answered, digest))
        return asking

    def _answered(self, digest: str, asking: "asyncio.Future[Caller]") -> None:
        del self._asking[digest]
        if not asking.cancelled():
            asking.exception()  # looked at, even if nobody waits for it any more

    async def _remember(self, digest: str, credential: str) -> Caller:
        moment = time.monotonic()
        caller = await self._identify(credential)
        self._known[digest] = (moment + CACHE_SECONDS, caller)
        self._known.move_to_end(digest)
        if len(self._known) > _MOST_CACHED:
            self._known.popitem(last=False)
        return caller

    async def _identify(self, credential: str) -> Caller:
        if credential.startswith("sf_"):
            caller = await self._by_api_key(credential)
            await self._uses.note(caller.name)
            return caller
        try:
            return await self._by_token(credential)
        except jwt.ExpiredSignatureError:
            raise UnauthenticatedError("This token has expired.") from None
        except jwt.InvalidTokenError:
            raise UnauthenticatedError("This token is not valid.") from None

    async def _by_api_key(self, credential: str) -> Caller:
        parts = _API_KEY.fullmatch(credential)
        if parts is None:
            raise UnauthenticatedError("This API key is not known.")
        key_id, secret = parts.groups()
        key = await self._ask(lambda session: find_api_key(session, key_id))
        if key is None or not hmac.compare_digest(key.secret_hash, hash_secret(secret)):
            raise UnauthenticatedError("This API key is not known.")
        if key.is_revoked:
            raise UnauthenticatedError("This API key was revoked.")
        if key.expires_at is not None and key.expires_at <= utc_now():
            raise UnauthenticatedError("This API key has expired.")
        return Caller(name=key.key_id, scopes=key.scopes, stores=key.stores)

    async def _by_token(self, token: str) -> Caller:
        header = jwt.get_unverified_header(token)
        if self._oidc is not None and header.get("alg") != ALGORITHM:
            claims = await self._oidc.verify(token)
            subject = str(claims.get("staff_number") or claims["sub"])
        else:
            claims = await self._verify(token, str(header.get("kid", "")))
            subject = str(claims["sub"])
        account = await self._ask(lambda session: find_staff(session, subject))
        if account is None or not account.is_enabled:
            raise UnauthenticatedError("This account is not known or is disabled.")
        return _caller(account, claims)

    async def _verify(self, token: str, kid: str) -> dict[str, Any]:
        key = await self._ask(lambda session: find_signing_key(session, kid))
        if key is None or key.is_revoked:
            raise UnauthenticatedError("This token was signed by a key that is not known.")
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK.from_dict(dict(key.jwk)),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["exp", "iss", "sub"]},
        )
        return claims

    async def _ask(self, find: Callable[[AsyncSession], Awaitable[T | None]]) -> T | None:
        found = await self._ask_once(find)
        if found is None and self._patience > 0 and not self._waiting.locked():
            deadline = time.monotonic() + self._patience
            async with self._waiting:
                while found is None and time.monotonic() < deadline:
                    await asyncio.sleep(_POLL_SECONDS)
                    found = await self._ask_once(find)
        if found is None and not await self._ask_once(has_begun):
            raise RegistryAwaitedError(
                "This service has heard nothing of directory yet.", retry_after_seconds=1
            )
        return found

    async def _ask_once(self, find: Callable[[AsyncSession], Awaitable[T | None]]) -> T | None:
        async with self._database.looking() as session:
            return await find(session)


def _caller(account: StaffAccount, claims: Mapping[str, Any]) -> Caller:
    named = claims.get("roles")
    roles = account.roles & frozenset(named) if isinstance(named, list) else account.roles
    stores, limit = account.stores, claims.get("stores")
    if isinstance(limit, list):
        stores = frozenset(limit) if stores is None else stores & frozenset(limit)
    scopes = narrow(account.scopes_of(roles), claims.get("scopes"))
    return Caller(name=account.staff_number, scopes=scopes, roles=roles, stores=stores)


def build_authenticator(
    database: Database,
    settings: ServiceSettings,
    *,
    secrets: Mapping[str, Caller] | None = None,
    patience: float = PATIENCE_SECONDS,
) -> RegistryAuthenticator:
    """Return the authenticator of a service; other services show its internal secret to its feed.

    `secrets` are further credentials of the installation, with their callers.
    """
    service = Caller(name="service", scopes=frozenset({"feed:read"}))
    return RegistryAuthenticator(
        database,
        secrets={settings.internal_secret.get_secret_value(): service, **(secrets or {})},
        oidc=OidcProvider.of(settings),
        patience=patience,
    )
