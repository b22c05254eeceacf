"""When a call is tried again: with the same key, after which pause, and when no more."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from shopfleet import calls
from shopfleet.problems import (
    ConflictError,
    ServerFailedError,
    TooManyRequestsError,
    UnreachableError,
)
from shopfleet.retrying import Attempts, RetryPolicy
from tests.shopfleet.scripted import Script, a_problem


def test_retries_carry_the_same_key_and_double_their_pause() -> None:
    script = Script(
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        a_problem(503, "unavailable"),
        httpx.Response(201, json={}),
    )

    script.client().send(calls.place_order({}))

    keys = {request.headers["Idempotency-Key"] for request in script.requests}
    assert len(script.requests) == 4
    assert len(keys) == 1
    assert script.pauses == [0.25, 0.5, 1.0]


def test_two_calls_have_two_keys() -> None:
    one, other = calls.place_order({}), calls.place_order({})

    assert one.headers["Idempotency-Key"] != other.headers["Idempotency-Key"]


def test_retry_after_in_seconds_is_waited_out() -> None:
    limited = httpx.Response(429, headers={"Retry-After": "7"})
    script = Script(limited, httpx.Response(200, json={}))

    script.client().send(calls.get("orders", "/v1/orders/o1"))

    assert script.pauses == [7.0]


def test_retry_after_as_a_date_is_waited_out() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    script = Script(
        httpx.Response(503, headers={"Retry-After": moment}), httpx.Response(200, json={})
    )

    script.client().send(calls.get("orders", "/v1/orders/o1"))

    assert 17 < script.pauses[0] <= 20


def test_a_longer_wait_than_patience_is_an_error_at_once() -> None:
    script = Script(httpx.Response(429, headers={"Retry-After": "3600"}))

    with pytest.raises(TooManyRequestsError):
        script.client().send(calls.get("orders", "/v1/orders/o1"))

    assert script.pauses == []


def test_tries_end() -> None:
    script = Script(*[httpx.Response(502) for _ in range(3)])

    with pytest.raises(ServerFailedError):
        script.client(tries=3).send(calls.place_order({}))

    assert len(script.requests) == 3


def test_nothing_that_answers_is_told_with_its_service() -> None:
    script = Script(*[httpx.ConnectError("refused") for _ in range(2)])

    with pytest.raises(UnreachableError, match="orders does not answer: refused"):
        script.client(tries=2).send(calls.place_order({}))


def test_a_change_without_key_is_not_repeated_once_it_was_sent() -> None:
    script = Script(httpx.ReadTimeout("slow"))
    change = calls.Call(
        method="PATCH", service="directory", path="/v1/settings/s1", read=calls.read_json
    )

    with pytest.raises(UnreachableError):
        script.client().send(change)

    assert len(script.requests) == 1


def test_a_first_try_that_still_runs_is_waited_for() -> None:
    script = Script(
        a_problem(409, "idempotency-key-busy"), httpx.Response(201, json={"outcome": "created"})
    )

    answer = script.client().send(calls.place_order({}))

    assert answer == {"outcome": "created"}


def test_a_conflict_is_not_repeated() -> None:
    script = Script(a_problem(409, "other-content", detail="Other content."))

    with pytest.raises(ConflictError):
        script.client().send(calls.place_order({}))

    assert len(script.requests) == 1


def test_the_spread_never_leaves_its_bounds() -> None:
    policy = RetryPolicy(tries=50, patience_seconds=1e9)
    attempts = Attempts(policy, is_repeatable=True)

    pauses = [attempts.pause_after(httpx.Response(503)) for _ in range(49)]

    assert all(pause is not None and 0 <= pause <= 8.0 for pause in pauses)
    assert len(set(pauses)) > 40
