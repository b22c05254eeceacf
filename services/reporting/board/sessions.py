"""Board sessions: the credential itself, sealed in a cookie, and verified again and again."""

import base64
import binascii
import zlib

from shared.crypto import Sealer, UnreadableError
from shared.web.callers import Authenticator, Caller, ScopeMissingError

SCOPE = "reports:read"
COOKIE = "shopfleet_board"
LANGUAGE_COOKIE = "shopfleet_language"
PATH = "/board"
COOKIE_SECONDS = 30 * 86_400
"""How long a browser keeps the cookie; the credential in it may end sooner."""
_MOST_BYTES = 3_800  # browsers drop a cookie above 4,096 with its name and attributes


class CredentialTooLongError(ValueError):
    """A credential that no cookie can hold."""


class Sessions:
    """Turns credentials into cookies and cookies into callers; nothing is kept on the server."""

    def __init__(self, authenticator: Authenticator, secret: bytes) -> None:
        self._authenticator = authenticator
        self._sealer = Sealer(secret, "board sessions")

    def seal(self, credential: str) -> str:
        """Return the cookie of a credential; raises `CredentialTooLongError`."""
        sealed = self._sealer.seal_bytes(zlib.compress(credential.encode()))
        cookie = base64.urlsafe_b64encode(sealed).decode()
        if len(cookie) > _MOST_BYTES:
            raise CredentialTooLongError
        return cookie

    def open(self, cookie: str | None) -> str | None:
        """Return the credential of a cookie, None if there is none that this service sealed."""
        try:
            sealed = base64.urlsafe_b64decode((cookie or "").encode())
            return zlib.decompress(self._sealer.open_bytes(sealed)).decode()
        except (ValueError, binascii.Error, zlib.error, UnreadableError):
            return None

    async def verify(self, credential: str) -> Caller:
        """Return who looks at the board.

        Raises `UnauthenticatedError`, `ScopeMissingError` or `RegistryAwaitedError`.
        """
        caller = await self._authenticator.authenticate(credential)
        if not caller.may(SCOPE):
            raise ScopeMissingError(f"This needs the scope {SCOPE}.", scope=SCOPE)
        return caller
