"""Tokens of the company's OpenID Connect provider, verified by its published keys."""

import asyncio
import time
from typing import Any, Self

import jwt
import structlog

from shared.kernel.refusals import Refusal
from shared.settings import ServiceSettings

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_LEEWAY_SECONDS = 30  # the provider's clock is not ours
_ASK_AGAIN_SECONDS = 30.0  # an unknown key makes us ask the provider, but not at every request
_MOST_REFUSED = 1_000

log = structlog.get_logger()


class ProviderUnreachableError(Refusal):
    """The provider's keys can't be read now."""

    kind = "identity-provider-unreachable"
    status = 503


class OidcProvider:
    """Verifies tokens by the provider's JSON Web Key Set, which is fetched and kept 5 minutes."""

    def __init__(self, jwks_url: str, *, issuer: str, audience: str) -> None:
        self._client = jwt.PyJWKClient(jwks_url, lifespan=300, timeout=5)
        self._issuer = issuer
        self._audience = audience
        self._refused: dict[str, float] = {}

    @classmethod
    def of(cls, settings: ServiceSettings) -> Self | None:
        """Return the provider the settings name, None if they name none."""
        if not settings.oidc_jwks_url:
            return None
        return cls(
            settings.oidc_jwks_url,
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
        )

    async def verify(self, token: str) -> dict[str, Any]:
        """Return the claims; raises `jwt.InvalidTokenError` or `ProviderUnreachableError`."""
        key = await self._key_of(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(_ALGORITHMS),
            issuer=self._issuer,
            audience=self._audience,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        return claims

    async def _key_of(self, token: str) -> jwt.PyJWK:
        kid = str(jwt.get_unverified_header(token).get("kid"))
        if time.monotonic() < self._refused.get(kid, 0.0):
            raise jwt.InvalidTokenError("signed by an unknown key")
        try:
            return await asyncio.to_thread(self._client.get_signing_key, kid)
        except jwt.PyJWKClientConnectionError as error:
            log.warning("identity_provider_unreachable", error=repr(error))
            raise ProviderUnreachableError(
                "The identity provider can't be reached.", retry_after_seconds=5
            ) from None
        except jwt.PyJWKClientError:
            if len(self._refused) >= _MOST_REFUSED:
                self._refused.clear()
            self._refused[kid] = time.monotonic() + _ASK_AGAIN_SECONDS
            raise jwt.InvalidTokenError("signed by an unknown key") from None
