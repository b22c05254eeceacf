"""A key lets one attempt take effect, and gives its answer again."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from shared.db.engine import Database
from shared.web.idempotency import forget_expired_keys
from tests.support.applications import a_token, application_of, calling
from tests.support.databases import Databases, database_for
from tests.support.notes import make_table, router

NOTE = {"store_id": "s1", "text": "hello"}


@pytest.fixture(scope="module")
async def made(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        await make_table(database)
        yield database


@pytest.fixture
async def database(databases: Databases, made: Database) -> Database:
    await databases.empty(made)
    return made


@pytest.fixture
async def application(database: Database) -> FastAPI:
    return application_of("notes", database, [router])


@pytest.fixture
async def client(application: FastAPI, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    token = await a_token(database, scopes=["notes:read", "notes:write"])
    async with calling(application, token) as client:
        yield client


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


async def count_notes(database: Database) -> int:
    async with database.reading() as session:
        return int((await session.execute(text("SELECT count(*) FROM notes"))).scalar_one())


async def test_second_attempt_gets_the_first_answer(
    client: httpx.AsyncClient, database: Database
) -> None:
    first = await client.post("/v1/notes", json=NOTE, headers=key("a"))
    second = await client.post("/v1/notes", json=NOTE, headers=key("a"))

    assert (
        (second.status_code, second.content)
        == (first.status_code, first.content)
        == (
            201,
            first.content,
        )
    )
    assert second.headers["content-type"] == first.headers["content-type"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Idempotency-Expires"] == first.headers["Idempotency-Expires"]
    assert await count_notes(database) == 1


async def test_another_payload_or_address_is_refused(client: httpx.AsyncClient) -> None:
    await client.post("/v1/notes", json=NOTE, headers=key("a"))

    body = await client.post("/v1/notes", json={**NOTE, "text": "bye"}, headers=key("a"))
    query = await client.post("/v1/notes?x=1", json=NOTE, headers=key("a"))

    for answer in (body, query):
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/idempotency-key-reused")


async def test_key_belongs_to_caller_and_route(
    application: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/v1/notes", json=NOTE, headers=key("a"))
    token = await a_token(database, scopes=["notes:write"])
    async with calling(application, token) as other:
        elsewhere = await other.post("/v1/notes", json=NOTE, headers=key("a"))
        route = await client.post("/v1/notes:wipe", headers=key("a"))

    assert elsewhere.status_code == 201
    assert "Idempotency-Replayed" not in elsewhere.headers
    assert route.json() == {"wiped": 2}


async def test_refused_request_may_be_mended_under_the_same_key(
    client: httpx.AsyncClient, database: Database
) -> None:
    refused = await client.post("/v1/notes", json={**NOTE, "fails": True}, headers=key("a"))
    mended = await client.post("/v1/notes", json=NOTE, headers=key("a"))

    assert refused.status_code == 409
    assert mended.status_code == 201
    assert await count_notes(database) == 1


async def test_racing_attempts_take_effect_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    slow = {**NOTE, "pause_seconds": 0.5}

    answers = await asyncio.gather(
        *(client.post("/v1/notes", json=slow, headers=key("a")) for _ in range(4))
    )
    later = await client.post("/v1/notes", json=slow, headers=key("a"))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, 409, 409, 409]
    busy = next(answer for answer in answers if answer.status_code == 409)
    assert busy.json()["type"].endswith("/idempotency-key-busy")
    assert busy.headers["Retry-After"] == "1"
    assert later.headers["Idempotency-Replayed"] == "true"
    assert await count_notes(database) == 1


async def test_crash_leaves_neither_row_nor_key(
    client: httpx.AsyncClient, database: Database
) -> None:
    slow = {**NOTE, "pause_seconds": 3}
    request = asyncio.ensure_future(client.post("/v1/notes", json=slow, headers=key("a")))
    killed = 0
    async with asyncio.timeout(5):
        while not killed:
            async with database.transaction() as session:
                found = await session.execute(
                    text("""SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                            WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()
                              AND datname = current_database()""")
                )
                killed = found.scalar_one()

    lost = await request
    again = await client.post("/v1/notes", json={**slow, "pause_seconds": 0}, headers=key("a"))

    assert lost.status_code == 503
    assert again.status_code == 201
    assert await count_notes(database) == 1


async def test_dry_run_and_refusing_answers_are_not_kept(
    client: httpx.AsyncClient, database: Database
) -> None:
    for path in ("/v1/notes:try", "/v1/notes:refuse"):
        await client.post(path, headers=key("a"))
        again = await client.post(path, headers=key("a"))
        assert "Idempotency-Replayed" not in again.headers

    assert await count_notes(database) == 0


async def test_route_may_demand_a_key(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes:wipe")

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/idempotency-key-missing")


@pytest.mark.parametrize("name", ["", "k" * 256, "cl\xe9"])
async def test_malformed_key_is_refused(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post(
        "/v1/notes", json=NOTE, headers=[(b"Idempotency-Key", name.encode("latin-1"))]
    )

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/idempotency-key-malformed")


async def test_longest_key_is_taken(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json=NOTE, headers=key("k" * 255))

    assert answer.status_code == 201


async def test_answers_are_sealed_where_they_are_kept(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/v1/notes", json={**NOTE, "text": "a secret"}, headers=key("a"))

    async with database.reading() as session:
        body = (await session.execute(text("SELECT body FROM idempotency_keys"))).scalar_one()

    assert b"secret" not in body


async def test_answer_sealed_with_another_secret_is_not_run_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/v1/notes", json=NOTE, headers=key("a"))
    application = application_of("notes", database, [router], internal_secret="a newer one")
    token = await a_token(database, scopes=["notes:read", "notes:write"])
    async with calling(application, token) as newer:
        answer = await newer.post("/v1/notes", json=NOTE, headers=key("a"))

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/idempotency-key-spent")
    assert await count_notes(database) == 1


async def test_expired_key_is_forgotten(client: httpx.AsyncClient, database: Database) -> None:
    await client.post("/v1/notes", json=NOTE, headers=key("a"))
    await client.post("/v1/notes", json=NOTE, headers=key("b"))
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE key = 'a'")
        )

    again = await client.post("/v1/notes", json={**NOTE, "text": "bye"}, headers=key("a"))
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE key = 'b'")
        )
        await forget_expired_keys(session)
        kept = (await session.execute(text("SELECT key FROM idempotency_keys"))).scalars().all()

    assert again.status_code == 201
    assert kept == ["a"]
