"""What a body or a parameter may not be, and how an answer says so."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from shared.db.engine import Database
from shared.kernel.clock import utc_now
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


def expect_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["type"] == f"https://shopfleet.dev/problems/{kind}"
    assert body["instance"] == f"urn:request:{answer.headers['X-Request-Id']}"
    return body


async def test_malformed_json_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/notes", content=b'{"store_id": ', headers={"content-type": "application/json"}
    )

    expect_problem(answer, 400, "malformed-json")


async def test_body_in_no_encoding_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/notes", content=b'{"text": "\xff\xfe"}', headers={"content-type": "application/json"}
    )

    expect_problem(answer, 400, "malformed-body")


@pytest.mark.parametrize(
    ("field", "value", "pointer", "code"),
    [
        ("colour", "red", "/colour", "extra_forbidden"),
        ("text", 7, "/text", "string_type"),
        ("text", "", "/text", "string_too_short"),
        ("text", "a\0b", "/text", "text_not_storable"),
        ("text", "\ud800", "/text", "text_not_storable"),
        ("store_id", "../etc", "/store_id", "string_pattern_mismatch"),
        ("amount", 12.5, "/amount", "money_not_a_string"),
        ("amount", 12, "/amount", "money_not_a_string"),
        ("amount", "1e3", "/amount", "money_malformed"),
        ("amount", "１２", "/amount", "money_malformed"),
        ("amount", "NaN", "/amount", "money_malformed"),
        ("amount", "9" * 31, "/amount", "money_too_long"),
        ("written_at", "2026-01-01T10:00:00", "/written_at", "time_naive"),
        ("written_at", 1767225600, "/written_at", "time_not_a_string"),
        ("written_at", "1767225600", "/written_at", "time_malformed"),
        ("written_at", "2026-01-01", "/written_at", "time_malformed"),
        ("currency", "RMB", "/currency", "currency_unknown"),
        ("currency", "cny", "/currency", "currency_unknown"),
        ("timezone", "Asia/Peking", "/timezone", "timezone_unknown"),
        ("timezone", "localtime", "/timezone", "timezone_unknown"),
    ],
)
async def test_bad_field_is_pointed_at(
    client: httpx.AsyncClient, field: str, value: object, pointer: str, code: str
) -> None:
    answer = await client.post(
        "/v1/notes",
        content=json.dumps({**NOTE, field: value}),
        headers={"content-type": "application/json"},
    )

    expect_problem(answer, 422, "invalid")
    errors = answer.json()["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)]


async def test_time_far_ahead_is_refused_and_a_little_ahead_taken(
    client: httpx.AsyncClient,
) -> None:
    far = (utc_now() + timedelta(hours=25)).isoformat()
    near = (utc_now() + timedelta(hours=23)).isoformat()

    refused = await client.post("/v1/notes", json={**NOTE, "written_at": far})
    taken = await client.post("/v1/notes", json={**NOTE, "written_at": near})

    assert refused.json()["errors"][0]["code"] == "time_in_future"
    assert taken.status_code == 201


async def test_money_and_time_are_taken_as_texts(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/notes",
        json={
            **NOTE,
            "amount": "-12.345",
            "written_at": "2026-01-01T10:00:00+08:00",
            "currency": "CNY",
            "timezone": "Asia/Shanghai",
        },
    )

    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("query", ["limit=501", "limit=0", "limit=x", "colour=red", "cursor=%00"])
async def test_bad_parameter_is_400(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/notes?{query}")

    expect_problem(answer, 400, "bad-parameter")
