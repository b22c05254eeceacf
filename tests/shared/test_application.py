"""What every service's application does around its routes."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.web.openapi import routes_in
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


async def test_smoke(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json=NOTE)

    assert answer.status_code == 201, answer.text
