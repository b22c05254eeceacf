"""When a call is tried again, and how long to wait before."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
STILL_RUNNING = "idempotency-key-busy"
"""The problem of a request whose first try has not ended yet."""


def _spread(longest: float) -> float:
    return random.uniform(0, longest)  # noqa: S311 - it spreads load, it keeps no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """At most `tries`, with pauses that double from `first_pause_seconds`, each spread at random.

    A `Retry-After` is waited out in full, if `patience_seconds`, the sum of all pauses, allows it.
    """

    tries: int = 6
    first_pause_seconds: float = 0.25
    longest_pause_seconds: float = 8.0
    patience_seconds: float = 60.0
    spread: Callable[[float], float] = field(default=_spread)


class Attempts:
    """The tries of one call."""

    def __init__(self, policy: RetryPolicy, *, is_repeatable: bool) -> None:
        self._policy = policy
        self._is_repeatable = is_repeatable
        self._made = 0
        self._waited = 0.0

    def pause_after(self, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """Return the seconds to wait before the next try; None when this outcome is final."""
        self._made += 1
        if not self._may_repeat(outcome) or self._made >= self._policy.tries:
            return None
        pause = max(self._backoff(), asked_pause(outcome))
        if self._waited + pause > self._policy.patience_seconds:
            return None
        self._waited += pause
        return pause

    def _may_repeat(self, outcome: httpx.Response | httpx.TransportError) -> bool:
        if isinstance(outcome, httpx.ConnectError):
            return True  # nothing was sent
        if not self._is_repeatable:
            return False
        if isinstance(outcome, httpx.TransportError):
            return True
        return outcome.status_code in TEMPORARY or _is_still_running(outcome)

    def _backoff(self) -> float:
        policy = self._policy
        longest = policy.first_pause_seconds * 2.0 ** (self._made - 1)
        return policy.spread(min(longest, policy.longest_pause_seconds))


def asked_pause(outcome: httpx.Response | httpx.TransportError) -> float:
    """Return the seconds that `Retry-After` asks for (a number or a date), 0 without it."""
    if not isinstance(outcome, httpx.Response):
        return 0.0
    asked = outcome.headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return 0.0
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _is_still_running(response: httpx.Response) -> bool:
    return response.status_code == httpx.codes.CONFLICT and STILL_RUNNING in response.text
