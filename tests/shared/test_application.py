"""What every service's application does around its routes."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from shared.db.engine import Database
from shared.web.rate_limits import Buckets
from tests.support.applications import a_token, application_of, calling
from tests.support.databases import Databases, database_for
from tests.support.notes import make_table, router

NOTE = {"store_id": "s1", "text": "hello"}


@pytest.fixture(scope="module")
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        await make_table(database)
        yield database


@pytest.fixture(scope="module")
async def application(database: Database) -> FastAPI:
    return application_of("notes", database, [router])


@pytest.fixture
async def client(application: FastAPI, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    token = await a_token(database, scopes=["notes:read", "notes:write"])
    async with calling(application, token) as client:
        yield client


@pytest.fixture
async def stranger(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(application) as client:
        yield client


async def count_notes(database: Database) -> int:
    async with database.reading() as session:
        return int((await session.execute(text("SELECT count(*) FROM notes"))).scalar_one())


def expect_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["type"] == f"https://shopfleet.dev/problems/{kind}"
    assert body["instance"] == f"urn:request:{answer.headers['X-Request-Id']}"
    return body


async def test_health_needs_no_credential(stranger: httpx.AsyncClient) -> None:
    answers = [await stranger.get(path) for path in ("/livez", "/readyz", "/metrics")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


async def test_readiness_names_what_is_lacking(database: Database) -> None:
    async def unassigned() -> None:
        raise RuntimeError("no partitions yet")

    async def stuck() -> None:
        await asyncio.sleep(60)

    application = application_of("notes", database, [])
    application.state.checks |= {"consumer": unassigned, "relay": stuck}
    async with calling(application) as client:
        answer = await client.get("/readyz")

    problem = expect_problem(answer, 503, "not-ready")
    assert problem["lacks"] == ["consumer", "relay"]


async def test_metrics_count_by_template_and_class(client: httpx.AsyncClient) -> None:
    await client.get("/v1/notes/broken")
    await client.get("/nowhere/17")

    metrics = (await client.get("/metrics")).text

    assert 'http_requests_total{method="GET",route="/v1/notes/broken",status="5xx"}' in metrics
    assert 'http_requests_total{method="GET",route="unmatched",status="4xx"}' in metrics
    assert "nowhere" not in metrics


async def test_ids_of_the_caller_come_back(client: httpx.AsyncClient) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    answer = await client.get("/v1/notes", headers={"X-Request-Id": "r-1", "traceparent": trace})

    assert answer.headers["X-Request-Id"] == "r-1"
    assert answer.headers["traceparent"].split("-")[1] == trace.split("-")[1]


async def test_ids_are_made_where_none_or_bad_ones_are_given(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/notes", headers={"X-Request-Id": "a b\t", "traceparent": "x"})

    assert len(answer.headers["X-Request-Id"]) == 32
    assert len(answer.headers["traceparent"]) == 55


async def test_no_credential_is_401(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post("/v1/notes", content=b"not json")

    expect_problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_missing_scope_is_named(application: FastAPI, database: Database) -> None:
    token = await a_token(database, scopes=["notes:read"])
    async with calling(application, token) as client:
        answer = await client.post("/v1/notes", json={"nonsense": True})

    assert expect_problem(answer, 403, "scope-missing")["scope"] == "notes:write"


async def test_another_store_is_403(application: FastAPI, database: Database) -> None:
    token = await a_token(database, scopes=["notes:write"], stores=["s2"])
    before = await count_notes(database)
    async with calling(application, token) as client:
        answer = await client.post("/v1/notes", json=NOTE)

    assert expect_problem(answer, 403, "store-forbidden")["store_id"] == "s1"
    assert await count_notes(database) == before


async def test_unknown_address_and_method_are_problems(client: httpx.AsyncClient) -> None:
    missing = await client.get("/v1/nothing")
    refused = await client.put("/v1/notes", json={})

    expect_problem(missing, 404, "not-found")
    expect_problem(refused, 405, "method-not-allowed")
    assert "GET" in refused.headers["Allow"]


async def test_failure_shows_no_internals(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/notes/broken", headers={"X-Request-Id": "r-9"})

    expect_problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["X-Request-Id"] == "r-9"


async def test_lost_database_is_503_and_passes(client: httpx.AsyncClient) -> None:
    lost = await client.get("/v1/notes/unavailable")
    after = await client.get("/v1/notes")

    expect_problem(lost, 503, "unavailable")
    assert lost.headers["Retry-After"] == "1"
    assert after.status_code == 200


async def test_large_body_is_413(client: httpx.AsyncClient, database: Database) -> None:
    before = await count_notes(database)

    answer = await client.post("/v1/notes", content=b"x" * 10 * 2**20)

    expect_problem(answer, 413, "body-too-large")
    assert await count_notes(database) == before


async def test_large_body_in_chunks_is_413_before_it_is_all_read(
    client: httpx.AsyncClient,
) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 2**20

    answer = await client.post("/v1/notes", content=chunks())

    expect_problem(answer, 413, "body-too-large")
    assert sent < 12


async def test_refusal_rolls_back(client: httpx.AsyncClient, database: Database) -> None:
    before = await count_notes(database)

    raised = await client.post("/v1/notes", json={**NOTE, "fails": True})
    answered = await client.post("/v1/notes:refuse")

    assert expect_problem(raised, 409, "conflict")["errors"] == [
        {"pointer": "/fails", "code": "conflict", "detail": "This note is not wanted."}
    ]
    assert answered.status_code == 422
    assert await count_notes(database) == before


async def test_rate_limit_is_told_and_kept(database: Database) -> None:
    application = application_of("notes", database, [router], rate_limit=2)
    token = await a_token(database, scopes=["notes:read"])
    async with calling(application, token) as client, calling(application) as other:
        answers = [await client.get("/v1/notes") for _ in range(3)]
        free = await client.get("/livez")
        others = await other.get("/v1/notes")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=2;w=60'
    assert answers[0].headers["RateLimit"].startswith('"default";r=1;t=')
    expect_problem(answers[2], 429, "too-many-requests")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 30
    assert free.status_code == 200
    assert others.status_code == 401


def test_bucket_fills_again() -> None:
    moment = 0.0
    buckets = Buckets(60, clock=lambda: moment)
    for _ in range(60):
        assert buckets.take("a")[0]

    refused = buckets.take("a")
    moment = 1.0

    assert refused == (False, 0, 1)
    assert buckets.take("a")[0]
    assert not buckets.take("a")[0]


async def test_document_states_scopes_and_problems(stranger: httpx.AsyncClient) -> None:
    document = (await stranger.get("/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    write = document["paths"]["/v1/notes"]["post"]
    assert write["x-scopes"] == ["notes:write"]
    assert "`notes:write`" in write["description"]
    assert {"400", "401", "403", "409", "413", "422", "429", "500"} <= write["responses"].keys()
    assert "application/problem+json" in write["responses"]["422"]["content"]
    assert any(each["name"] == "Idempotency-Key" for each in write["parameters"])
    assert write["security"]
    assert "security" not in document["paths"]["/livez"]["get"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    amount = document["components"]["schemas"]["NewNote"]["properties"]["amount"]
    assert amount["anyOf"][0]["type"] == "string"


async def test_operations_have_distinct_ids(stranger: httpx.AsyncClient) -> None:
    document = (await stranger.get("/openapi.json")).json()

    ids = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(ids) == len(set(ids))
    assert "write_note" in ids
