"""The client against scripted answers: what it sends and raises."""

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from shopfleet import calls
from shopfleet.client import AsyncClient, Client, Options
from shopfleet.problems import (
    FieldError,
    InvalidError,
    NotFoundError,
    ProblemError,
    UnauthenticatedError,
    UnexpectedAnswerError,
    UnreachableError,
)
from shopfleet.retrying import RetryPolicy
from tests.shopfleet.scripted import URL, Script, a_problem


def test_an_order_is_sent_with_token_and_key() -> None:
    script = Script(httpx.Response(201, json={"outcome": "created"}))

    answer = script.client().send(calls.place_order({"external_id": "订单-1"}))

    (request,) = script.requests
    assert answer == {"outcome": "created"}
    assert str(request.url) == f"{URL}/v1/orders"
    assert request.headers["Authorization"] == "Bearer a-token"
    assert len(request.headers["Idempotency-Key"]) == 32
    assert json.loads(request.content) == {"external_id": "订单-1"}


def test_a_refusal_says_what_is_wrong_where() -> None:
    error = {"pointer": "/total", "code": "total-mismatch", "detail": "It is 3.00."}
    script = Script(
        a_problem(422, "total-mismatch", detail="Totals differ.", errors=[error], total="3.00")
    )

    with pytest.raises(InvalidError) as caught:
        script.client().send(calls.place_order({}))

    assert caught.value.kind == "total-mismatch"
    assert caught.value.type == "https://shopfleet.dev/problems/total-mismatch"
    assert caught.value.errors == (FieldError("/total", "total-mismatch", "It is 3.00."),)
    assert caught.value.members == {"total": "3.00"}
    assert caught.value.request_id == "r-1"
    assert "422 total-mismatch: Totals differ. (/total: It is 3.00.)" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, UnauthenticatedError), (404, NotFoundError), (418, ProblemError)],
)
def test_errors_are_typed(status: int, expected: type[ProblemError]) -> None:
    script = Script(a_problem(status, "some-kind"))

    with pytest.raises(ProblemError) as caught:
        script.client().send(calls.find_store("s1"))

    assert type(caught.value) is expected


def test_a_proxys_page_is_no_answer() -> None:
    script = Script(httpx.Response(200, text="<html>Welcome</html>"))

    with pytest.raises(UnexpectedAnswerError, match="answered 200"):
        script.client().send(calls.find_store("s1"))


def test_an_id_with_a_slash_stays_one_segment() -> None:
    script = Script(httpx.Response(200, json={}))

    script.client().send(calls.find_store("a/b c"))

    assert script.requests[0].url.raw_path == b"/v1/stores/a%2Fb%20c"


def test_a_batch_is_ndjson_and_answers_row_by_row() -> None:
    body = {
        "counts": {"created": 1, "rejected": 1},
        "outcomes": [
            {"index": 0, "outcome": "created", "external_id": "1", "receipt": "r"},
            {
                "index": 1,
                "outcome": "rejected",
                "errors": [{"pointer": "/total", "code": "money", "detail": "No amount."}],
            },
        ],
    }
    script = Script(httpx.Response(200, json=body, headers={"Dry-Run": "true"}))

    answer = script.client().send(calls.place_orders([{"a": 1}, {"a": 2}], is_dry_run=True))

    (request,) = script.requests
    assert request.headers["Content-Type"] == "application/x-ndjson"
    assert request.content == b'{"a":1}\n{"a":2}\n'
    assert dict(request.url.params) == {"dry_run": "true", "error_policy": "reject_failed_rows"}
    assert answer.is_dry_run
    assert [row.is_rejected for row in answer.outcomes] == [False, True]
    assert answer.outcomes[1].errors[0].detail == "No amount."


def pages() -> Script:
    return Script(
        httpx.Response(200, json={"items": [{"n": 1}, {"n": 2}], "next_cursor": "c2"}),
        httpx.Response(200, json={"items": [{"n": 3}], "next_cursor": None, "watermark": "w"}),
    )


def test_pages_are_followed() -> None:
    script = pages()

    found = list(script.client().iterate(calls.find_orders(stores=["s1", "s2"], limit=2)))

    assert [item["n"] for item in found] == [1, 2, 3]
    assert dict(script.requests[0].url.params) == {"stores": "s1,s2", "limit": "2"}
    assert script.requests[1].url.params["cursor"] == "c2"


@pytest.fixture
async def async_client() -> AsyncIterator[Callable[[Script], AsyncClient]]:
    opened: list[AsyncClient] = []

    def build(script: Script) -> AsyncClient:
        retry = RetryPolicy(spread=lambda _: 0.0)
        opened.append(
            AsyncClient(
                URL,
                token=None,
                options=Options(retry=retry),
                transport=httpx.MockTransport(script),
            )
        )
        return opened[-1]

    yield build
    for client in opened:
        await client.close()


async def test_the_async_client_repeats_and_raises_alike(
    async_client: Callable[[Script], AsyncClient],
) -> None:
    script = Script(httpx.ReadError("reset"), a_problem(422, "invalid"))

    with pytest.raises(InvalidError):
        await async_client(script).send(calls.place_order({}))

    first, second = script.requests
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert "Authorization" not in first.headers


async def test_the_async_client_follows_pages(
    async_client: Callable[[Script], AsyncClient],
) -> None:
    client = async_client(pages())

    found = [item["n"] async for item in client.iterate(calls.find_orders())]

    assert found == [1, 2, 3]


def test_each_service_may_have_its_own_address() -> None:
    script = Script(httpx.Response(200, json={}))
    client = Client(
        {"directory": "http://one.example/d"}, token=None, transport=httpx.MockTransport(script)
    )

    client.send(calls.find_store("s1"))

    assert str(script.requests[0].url) == "http://one.example/d/v1/stores/s1"
    with pytest.raises(UnreachableError, match="no address is known for the service orders"):
        client.send(calls.find_orders())
