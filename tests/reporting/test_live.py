"""The live stream, over a real server: snapshot first, then what changes, and no more."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from services.reporting import live
from services.reporting.live import Changes
from services.reporting.routes import stream
from services.reporting.settings import ReportingSettings
from shared.contracts.envelope import Event
from shared.db.engine import Database
from shared.kernel.clock import utc_now
from tests.reporting.clearing import clear
from tests.reporting.facts import an_order
from tests.reporting.test_apply import apply
from tests.support.applications import a_token, application_of, open_store, some_settings
from tests.support.eventually import eventually


@pytest.fixture
async def database(reporting_database: Database) -> Database:
    await clear(reporting_database)
    await open_store(reporting_database, "india", timezone="Asia/Kolkata", currency="INR")
    await open_store(reporting_database, "tokyo", timezone="Asia/Tokyo", currency="JPY")
    return reporting_database


@pytest.fixture
async def application(database: Database) -> AsyncIterator[FastAPI]:
    application = application_of("reporting", database, [stream.router])
    application.state.settings = ReportingSettings.model_validate(
        {**some_settings(database).model_dump(), "live_streams": 2}
    )
    application.state.changes = changes = Changes(database)
    yield application
    await changes.close()


@pytest.fixture
async def client(application: FastAPI, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    config = uvicorn.Config(application, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.ensure_future(server.serve())
    await eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    token = await a_token(database, scopes=["reports:read"])
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        yield client
    server.should_exit = True
    await serving


class Stream:
    """Reads the events of a stream one after the other."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> tuple[str, str, dict[str, Any]]:
        """Return name, id and data of the next event."""
        found: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self._lines:
                if line:
                    name, _, value = line.partition(": ")
                    found[name] = value
                elif "event" in found:
                    return found["event"], found["id"], json.loads(found["data"])
        raise AssertionError("the stream ended")


@asynccontextmanager
async def streaming(client: httpx.AsyncClient, **parameters: str) -> AsyncIterator[Stream]:
    async with client.stream("GET", "/v1/live", params=parameters, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(aiter(answer.aiter_lines()))


def sold(store_id: str, number: int = 1) -> list[Event]:
    return an_order(store_id, number, placed_at=utc_now())


def counts(data: dict[str, Any]) -> dict[str, int]:
    return {row["store_id"]: row["values"]["orders_paid"]["value"] for row in data["rows"]}


async def test_a_snapshot_comes_first_and_then_the_stores_that_change(
    client: httpx.AsyncClient, database: Database
) -> None:
    await apply(database, sold("india"))

    async with streaming(client, metrics="orders_paid,paid_amount") as events:
        first, first_id, snapshot = await events.next()
        await apply(database, sold("tokyo"))
        second, second_id, change = await events.next()

    assert (first, second) == ("snapshot", "change")
    assert counts(snapshot) == {"india": 1, "tokyo": 0}
    assert counts(change) == {"tokyo": 1}
    assert change["rows"][0]["values"]["paid_amount"]["value"] == "10000"
    assert int(second_id) == int(first_id) + 1


async def test_a_burst_is_sent_at_most_four_times_a_second(
    client: httpx.AsyncClient, database: Database
) -> None:
    got: list[int] = []
    async with streaming(client, stores="india", metrics="orders_paid") as events:
        await events.next()
        started = asyncio.get_running_loop().time()
        for number in range(20):
            await apply(database, sold("india", number))
        while not got or got[-1] < 20:
            got.append(counts((await events.next())[2])["india"])
        elapsed = asyncio.get_running_loop().time() - started

    assert got == sorted(got)
    assert len(got) <= elapsed / live.EVERY_SECONDS + 2


async def test_only_the_callers_stores_are_streamed(
    client: httpx.AsyncClient, database: Database
) -> None:
    token = await a_token(database, scopes=["reports:read"], stores=["india"])
    client.headers["Authorization"] = f"Bearer {token}"

    async with streaming(client, metrics="orders_paid") as events:
        _, _, snapshot = await events.next()
        await apply(database, sold("tokyo"))
        await apply(database, sold("india"))
        _, _, change = await events.next()
    refused = await client.get("/v1/live", params={"stores": "tokyo"})

    assert counts(snapshot) == {"india": 0}
    assert counts(change) == {"india": 1}
    assert refused.status_code == 403


async def test_a_lost_connection_to_the_database_costs_no_change(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PING_SECONDS", 0.5)
    async with streaming(client, metrics="orders_paid") as events:
        await events.next()
        async with database.transaction() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name LIKE '%-live'"
                )
            )
        await apply(database, sold("india"))
        name, _, data = await events.next()

    assert name == "snapshot"
    assert counts(data)["india"] == 1


async def test_a_server_serves_so_many_streams_and_no_more(
    client: httpx.AsyncClient, application: FastAPI
) -> None:
    changes: Changes = application.state.changes
    async with streaming(client) as one, streaming(client) as two:
        await one.next()
        await two.next()
        refused = await client.get("/v1/live")

    await eventually(lambda: changes.followers == 0)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"


async def test_a_stream_ends_when_the_process_stops(
    client: httpx.AsyncClient, application: FastAPI
) -> None:
    stop = asyncio.Event()

    async def running() -> None:
        if stop.is_set():
            raise RuntimeError("the process is stopping")

    application.state.checks["running"] = running
    async with client.stream("GET", "/v1/live", timeout=20) as answer:
        lines = aiter(answer.aiter_lines())
        await anext(lines)
        stop.set()
        async with asyncio.timeout(10):
            rest = [line async for line in lines]

    assert any(line.startswith("data: ") for line in rest)


async def test_bad_parameters_are_refused_before_the_stream(client: httpx.AsyncClient) -> None:
    unknown = await client.get("/v1/live", params={"metrics": "profit"})
    nowhere = await client.get("/v1/live", params={"stores": "nowhere"})

    assert (unknown.status_code, nowhere.status_code) == (400, 404)


async def test_yesterday_up_to_now_comes_along(
    client: httpx.AsyncClient, database: Database
) -> None:
    yesterday = utc_now() - timedelta(days=1)
    await apply(database, an_order("india", placed_at=yesterday))

    async with streaming(
        client, stores="india", metrics="orders_paid", compare="previous_day_same_time"
    ) as events:
        _, _, data = await events.next()

    assert data["rows"][0]["compare"]["values"]["orders_paid"]["value"] in {0, 1}
    assert "current" in data["rows"][0]["compare"]
