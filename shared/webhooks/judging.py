"""What an answer means for its message and its endpoint: the retry table, the rest, the end."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

from shared.settings import ServiceSettings

RESTS_AFTER = 5  # failures in a row; then one attempt at a time, until one succeeds
_REST = timedelta(seconds=10)
_LONGEST_REST = timedelta(minutes=5)
_LONGEST_WISH = timedelta(hours=24)  # of what a receiver may ask for with Retry-After
_ASKS_TO_WAIT = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class Outcome(StrEnum):
    """What became of an attempt.

    `failed`: it was the last one of the retry table. `gone`: the receiver wants nothing more.
    """

    DELIVERED = "delivered"
    RETRYING = "retrying"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How an attempt ended: a status, or the error for which there is none."""

    at: datetime
    seconds: float = 0.0
    status: int | None = None
    error: str | None = None
    excerpt: str | None = None
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Any 2xx; a redirect is none."""
        return self.status is not None and HTTPStatus(200) <= self.status < HTTPStatus(300)


@dataclass(frozen=True, slots=True)
class RetryRules:
    """The retry table, in delays before each attempt, and when an endpoint is given up."""

    delays: tuple[timedelta, ...]
    jitter: float
    disable_after: timedelta

    @classmethod
    def of(cls, settings: ServiceSettings) -> "RetryRules":
        """Return what the settings say."""
        return cls(
            tuple(timedelta(seconds=each) for each in settings.webhooks_delays),
            settings.webhooks_jitter,
            timedelta(hours=settings.webhooks_disable_hours),
        )


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint does: failures since its last success, and until when it is left alone."""

    failures: int = 0
    failing_since: datetime | None = None
    resting_until: datetime | None = None
    disabled_for: str | None = None


def judge(answer: Answer, attempts: int, rules: RetryRules) -> tuple[Outcome, datetime | None]:
    """Return what became of a message after so many attempts, and when the next one is.

    A delay only ever grows, by a random part (`jitter`) and by what the receiver asks for.
    """
    if answer.is_success:
        return Outcome.DELIVERED, None
    if answer.status == HTTPStatus.GONE:
        return Outcome.GONE, answer.at  # due again when somebody enables the endpoint
    if attempts >= len(rules.delays):
        return Outcome.FAILED, None
    delay = rules.delays[attempts] * (1 + random.uniform(0, rules.jitter))  # noqa: S311 - no secret
    return Outcome.RETRYING, answer.at + max(delay, answer.retry_after or delay)


def health_after(health: Health, answer: Answer, rules: RetryRules) -> Health:
    """Return how an endpoint does after an answer; `disabled_for` is set when it is given up."""
    if answer.is_success:
        return Health()
    failures = health.failures + 1
    since = health.failing_since or answer.at
    rests = [health.resting_until] if health.resting_until else []
    if answer.retry_after is not None and answer.status in _ASKS_TO_WAIT:
        rests.append(answer.at + answer.retry_after)
    if failures >= RESTS_AFTER:
        doublings = min(failures - RESTS_AFTER, 10)
        rests.append(answer.at + min(_REST * 2**doublings, _LONGEST_REST))
    after = Health(failures, since, max(rests, default=None))
    if answer.status == HTTPStatus.GONE:
        return replace(after, disabled_for="gone")
    if answer.at - since >= rules.disable_after:
        return replace(after, disabled_for="failing")
    return after


def read_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Return how long a receiver asks to wait, a day at most; None where that can't be read."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WISH)
    try:
        wished = parsedate_to_datetime(text) - now
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
    return min(max(wished, timedelta()), _LONGEST_WISH)
