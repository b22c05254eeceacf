"""Batches of rows of any kind, read and written without a service."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Request, Response, Security
from pydantic import TypeAdapter
from sqlalchemy import text

from shared.db.engine import Database
from shared.kernel.refusals import ConflictError
from shared.web.batch import (
    BatchQuery,
    Row,
    RowOutcome,
    read_rows,
    refusal_errors,
    reject_repeated,
    rejection,
    run_batch,
)
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute
from tests.support.applications import an_application
from tests.support.notes import NewNote, make_table

router = APIRouter(route_class=TransactionalRoute)
_adapter = TypeAdapter(NewNote)


@router.post("/v1/notes:batch")
async def write_notes(
    request: Request,
    options: BatchQuery,
    session: SessionDep,
    caller: Annotated[Caller, Security(require("notes:write"))],
) -> Response:
    rows = reject_repeated(
        await read_rows(request, _adapter, names=("text",)), lambda note: note.text
    )

    async def write(good: Sequence[Row[NewNote]]) -> list[RowOutcome]:
        outcomes = []
        for row in good:
            if row.value is None or row.value.fails:
                refusal = ConflictError("This note is not wanted.", pointer="/fails")
                outcomes.append(rejection(refusal_errors(refusal), row.names))
                continue
            statement = text("INSERT INTO notes (store_id, text) VALUES ('s1', :text) RETURNING id")
            made = await session.execute(statement, {"text": row.value.text})
            names = {**row.names, "id": made.scalar_one()}
            outcomes.append(RowOutcome("created", names, receipt="r"))
        return outcomes

    return await run_batch(request, rows, write, session=session, options=options)


@pytest.fixture
async def client(directory_database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await make_table(directory_database)
    async with directory_database.transaction() as session:
        await session.execute(text("DELETE FROM notes"))
    async with an_application("directory", directory_database, [router]) as opened:
        yield opened


def a_note(name: str, **values: Any) -> dict[str, Any]:
    return {"store_id": "s1", "text": name, **values}


async def notes(database: Database) -> list[str]:
    async with database.transaction() as session:
        return list((await session.execute(text("SELECT text FROM notes ORDER BY text"))).scalars())


BATCH = [a_note("a"), a_note("b", fails=True), a_note("a"), {"text": "c"}, a_note("d")]


async def test_good_rows_are_written_and_bad_ones_told(
    client: httpx.AsyncClient, directory_database: Database
) -> None:
    answer = await client.post("/v1/notes:batch", json=BATCH)

    told = answer.json()["outcomes"]
    assert [row["outcome"] for row in told] == [
        "created",
        "rejected",
        "rejected",
        "rejected",
        "created",
    ]
    assert [row["text"] for row in told] == ["a", "b", "a", "c", "d"]
    assert told[1]["errors"] == [
        {"pointer": "/fails", "code": "conflict", "detail": "This note is not wanted."}
    ]
    assert told[2]["errors"][0]["code"] == "repeated-key"
    assert told[3]["errors"][0]["pointer"] == "/store_id"
    assert await notes(directory_database) == ["a", "d"]


@pytest.mark.parametrize(
    ("query", "status"), [("dry_run=true", 200), ("error_policy=reject_all", 422)]
)
async def test_what_is_taken_back_leaves_nothing(
    client: httpx.AsyncClient, directory_database: Database, query: str, status: int
) -> None:
    answer = await client.post(f"/v1/notes:batch?{query}", json=BATCH)

    assert answer.status_code == status
    first = answer.json()["outcomes"][0]
    assert (first["outcome"], first["id"], first["receipt"]) == ("created", None, None)
    assert await notes(directory_database) == []


async def test_dry_run_that_would_be_refused_says_so_too(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes:batch?dry_run=true&error_policy=reject_all", json=BATCH)

    assert (answer.status_code, answer.headers["dry-run"]) == (422, "true")


async def test_lines_are_rows_and_blank_ones_are_none(
    client: httpx.AsyncClient, directory_database: Database
) -> None:
    body = b'{"store_id":"s1","text":"a"}\n\n{"store_id"\r\n{"store_id":"s1","text":"b"}\n'

    answer = await client.post(
        "/v1/notes:batch", content=body, headers={"content-type": "application/x-ndjson; x=y"}
    )

    assert [row["outcome"] for row in answer.json()["outcomes"]] == [
        "created",
        "rejected",
        "created",
    ]
    assert await notes(directory_database) == ["a", "b"]
