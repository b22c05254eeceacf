"""How often a caller may ask: a bucket of tokens per caller, in this process."""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problems import problem

WINDOW_SECONDS = 60
_MOST_CALLERS = 10_000  # the bucket that was idle longest is forgotten, as a full one
_FREE = frozenset({"/livez", "/readyz", "/metrics"})


class Buckets:
    """A bucket per caller, filled again evenly: `limit` tokens in 60 s, as many at once."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._per_second = limit / WINDOW_SECONDS
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> tuple[bool, int, int]:
        """Take a token: whether there was one, how many are left, seconds until one more or full.

        The seconds are until the next token when refused, else until the bucket is full.
        """
        moment = self._clock()
        tokens, since = self._buckets.pop(caller, (float(self.limit), moment))
        tokens = min(self.limit, tokens + (moment - since) * self._per_second)
        is_allowed = tokens >= 1
        tokens -= 1 if is_allowed else 0
        self._buckets[caller] = (tokens, moment)
        if len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        wanted = self.limit - tokens if is_allowed else 1 - tokens
        return is_allowed, int(tokens), max(1, math.ceil(wanted / self._per_second))


class RateLimits:
    """Tells each answer's `RateLimit`, and refuses with 429 who asks more than that."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self._buckets = Buckets(limit)
        self._policy = f'"default";q={limit};w={WINDOW_SECONDS}'

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] in _FREE:
            await self.app(scope, receive, send)
            return
        is_allowed, left, seconds = self._buckets.take(_caller(scope))

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = self._policy
                headers["RateLimit"] = f'"default";r={left};t={seconds}'
            await send(message)

        if is_allowed:
            await self.app(scope, receive, told)
            return
        refusal = problem(
            Request(scope),
            429,
            "too-many-requests",
            f"You may ask {self._buckets.limit} times a minute.",
            retry_after_seconds=seconds,
        )
        await refusal(scope, receive, told)


def _caller(scope: Scope) -> str:
    credential = Headers(scope=scope).get("authorization")
    if credential:
        return hashlib.sha256(credential.encode()).hexdigest()
    client = scope.get("client")
    return client[0] if client else "unknown"
