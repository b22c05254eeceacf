"""`Idempotency-Key`: one attempt takes effect, its answer is stored with its rows and replayed.

The key belongs to the caller and the route. Only an answer that was committed is kept: a refused
request changed nothing, so it may be mended and sent again under the same key. Dry runs are never
kept. Stored answers are sealed, because they may show a buyer's data or a new secret.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.crypto import Sealer, UnreadableError
from shared.kernel.clock import utc_now
from shared.kernel.refusals import ConflictError, InvalidError, Refusal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
EXPIRES = "Idempotency-Expires"
KEPT = timedelta(hours=48)  # conventions ask for at least 24 h
MAX_KEY = 255  # characters
_KEPT_HEADERS = ("content-type", "etag", "location")

_FIND = text("""
    SELECT fingerprint, status, headers, body, expires_at FROM idempotency_keys
    WHERE caller = :caller AND route = :route AND key = :key AND expires_at > now()
""")
_CLAIM_MANY = text("""
    SELECT place FROM unnest(CAST(:locks AS bigint[])) WITH ORDINALITY AS a (lock, place)
    WHERE pg_try_advisory_xact_lock(lock)
""")
_FIND_MANY = text("""
    SELECT place
    FROM unnest(CAST(:callers AS text[]), CAST(:routes AS text[]), CAST(:keys AS text[]))
         WITH ORDINALITY AS a (caller, route, key, place)
    JOIN idempotency_keys USING (caller, route, key) WHERE expires_at > now()
""")
_STORE = text("""
    INSERT INTO idempotency_keys
        (caller, route, key, fingerprint, status, headers, body, expires_at)
    SELECT caller, route, key, fingerprint, status, CAST(headers AS jsonb), body, :expires_at
    FROM unnest(CAST(:callers AS text[]), CAST(:routes AS text[]), CAST(:keys AS text[]),
                CAST(:fingerprints AS text[]), CAST(:statuses AS smallint[]),
                CAST(:headers AS text[]), CAST(:bodies AS bytea[]))
         AS a (caller, route, key, fingerprint, status, headers, body)
    ON CONFLICT (caller, route, key) DO UPDATE
    SET fingerprint = EXCLUDED.fingerprint, status = EXCLUDED.status, headers = EXCLUDED.headers,
        body = EXCLUDED.body, expires_at = EXCLUDED.expires_at
""")
_FORGET = text("DELETE FROM idempotency_keys WHERE expires_at <= now()")


class KeyMalformedError(Refusal):
    """An idempotency key that is empty, too long or not printable ASCII."""

    kind = "idempotency-key-malformed"
    status = 400


class KeyMissingError(Refusal):
    """A route that demands an idempotency key got none."""

    kind = "idempotency-key-missing"
    status = 400


class KeyReusedError(InvalidError):
    """The same key with another request."""

    kind = "idempotency-key-reused"


class KeyBusyError(ConflictError):
    """The first request with this key is still running."""

    kind = "idempotency-key-busy"


class KeySpentError(ConflictError):
    """The request took effect, but its answer can no longer be read."""

    kind = "idempotency-key-spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request that carries a key."""

    caller: str
    route: str
    key: str
    fingerprint: str
    sealer: Sealer

    async def begin(self, session: AsyncSession) -> Response | None:
        """Claim the key for this transaction; return the stored answer if there is one.

        The claim ends with the transaction, after its commit is visible, so that who claims next
        sees the stored answer. Raises `KeyBusyError`, `KeyReusedError`, `KeySpentError`.
        """
        claim = text("SELECT pg_try_advisory_xact_lock(:lock)")
        if not (await session.execute(claim, {"lock": self.lock()})).scalar_one():
            raise KeyBusyError(
                "The first request with this key is still running.", retry_after_seconds=1
            )
        found = (await session.execute(_FIND, self._scope())).mappings().one_or_none()
        if found is None:
            return None
        if found["fingerprint"] != self.fingerprint:
            raise KeyReusedError("This key was used with another request.")
        try:
            body = self.sealer.open_bytes(found["body"])
        except UnreadableError:
            raise KeySpentError("This request took effect; its answer can't be read.") from None
        headers = {**found["headers"], REPLAYED: "true", EXPIRES: _expiry(found["expires_at"])}
        return Response(body, found["status"], headers)

    async def finish(self, session: AsyncSession, response: Response) -> None:
        """Store the answer in the transaction of its rows and tell when it will be forgotten."""
        body = getattr(response, "body", None)
        if body is None or "dry-run" in response.headers or not session.in_transaction():
            return
        await keep_answers(session, [(self, response)])

    def lock(self) -> int:
        """Return the advisory lock that who works on this key holds."""
        scope = f"{self.caller}\n{self.route}\n{self.key}".encode()
        return int.from_bytes(hashlib.sha256(scope).digest()[:8], "big", signed=True)

    def _scope(self) -> dict[str, str]:
        return {"caller": self.caller, "route": self.route, "key": self.key}


async def claim_new(session: AsyncSession, attempts: Sequence[Attempt]) -> set[int]:
    """Claim keys for this transaction; return the places of those that are new.

    The others are claimed elsewhere, or an answer is kept for them: `Attempt.begin`, in another
    transaction after this one, says which. The attempts are of different keys.
    """
    if not attempts:
        return set()
    locks = {"locks": [attempt.lock() for attempt in attempts]}
    claimed = set((await session.execute(_CLAIM_MANY, locks)).scalars())
    # a statement of its own, that sees what was committed before a claim was given back
    kept = set((await session.execute(_FIND_MANY, _scopes(attempts))).scalars())
    return {place - 1 for place in claimed - kept}


async def keep_answers(session: AsyncSession, answers: Sequence[tuple[Attempt, Response]]) -> None:
    """Store whole answers under their claimed keys, and tell in them when they are forgotten."""
    if not answers:
        return
    expires_at = utc_now() + KEPT
    values = {
        **_scopes([attempt for attempt, _ in answers]),
        "fingerprints": [attempt.fingerprint for attempt, _ in answers],
        "statuses": [answer.status_code for _, answer in answers],
        "headers": [_kept_headers(answer) for _, answer in answers],
        "bodies": [attempt.sealer.seal_bytes(bytes(answer.body)) for attempt, answer in answers],
        "expires_at": expires_at,
    }
    await session.execute(_STORE, values)
    for _, answer in answers:
        answer.headers[EXPIRES] = _expiry(expires_at)


def _scopes(attempts: Sequence[Attempt]) -> dict[str, list[str]]:
    return {
        "callers": [attempt.caller for attempt in attempts],
        "routes": [attempt.route for attempt in attempts],
        "keys": [attempt.key for attempt in attempts],
    }


def _kept_headers(answer: Response) -> str:
    kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    return json.dumps(kept)


def attempt_of(request: Request, template: str, body: bytes) -> Attempt | None:
    """Return the attempt of a request that carries a key and whose caller is known.

    Raises `KeyMalformedError`.
    """
    key = request.headers.get(HEADER)
    caller = getattr(request.state, "caller", None)
    if key is None or caller is None:
        return None
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise KeyMalformedError(f"{HEADER} is 1 to {MAX_KEY} printable ASCII characters.")
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Attempt(
        caller=caller.name,
        route=f"{request.method} {template}",
        key=key,
        fingerprint=hashlib.sha256(asked + body).hexdigest(),
        sealer=request.app.state.sealer,
    )


async def demand_idempotency_key(request: Request) -> None:
    """Refuse a request without a key; for routes whose body has no natural key.

    Use as `dependencies=[Depends(demand_idempotency_key)]`. Raises `KeyMissingError`.
    """
    if HEADER not in request.headers:
        raise KeyMissingError(f"This needs the header {HEADER}.")


async def forget_expired_keys(session: AsyncSession, _: object = None) -> None:
    """Delete the answers that are past their expiry; a clock's work, whatever its span."""
    await session.execute(_FORGET)


def _expiry(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
