"""Pages give every row once, and no late commit is lost to who pulls changes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.db.engine import Database
from shared.kernel.clock import utc_now
from shared.web.pages import (
    BadCursorError,
    Position,
    decode_cursor,
    encode_cursor,
    safe_watermark,
)
from tests.support.applications import an_application
from tests.support.databases import Databases, database_for
from tests.support.notes import make_table, router

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


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
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with an_application("notes", database, [router], scopes=["notes:read"]) as client:
        yield client


async def add_notes(database: Database, *ids: str, store_id: str = "s1") -> None:
    async with database.transaction() as session:
        for each in ids:
            await session.execute(
                text("INSERT INTO notes (id, store_id, text) VALUES (:id, :store_id, 'x')"),
                {"id": each, "store_id": store_id},
            )


async def walk(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get("/v1/notes", params={**asked, **cursor})
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        if pages[-1]["next_cursor"] is None:
            return pages
        cursor = {"cursor": pages[-1]["next_cursor"]}


def ids_in(pages: list[dict[str, Any]]) -> list[str]:
    return [note["id"] for page in pages for note in page["items"]]


async def test_rows_of_one_moment_are_each_given_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    await add_notes(database, *"abcdefg")

    pages = await walk(client, limit=3)

    assert ids_in(pages) == list("abcdefg")
    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert len({page["watermark"] for page in pages}) == 1


async def test_full_last_page_has_no_next(client: httpx.AsyncClient, database: Database) -> None:
    await add_notes(database, *"abcd")

    pages = await walk(client, limit=2)

    assert len(pages) == 2


async def test_other_stores_are_not_listed(database: Database) -> None:
    await add_notes(database, "mine")
    await add_notes(database, "theirs", store_id="s2")
    async with an_application(
        "notes", database, [router], scopes=["notes:read"], stores=["s1"]
    ) as client:
        assert ids_in(await walk(client)) == ["mine"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        encode_cursor(Position(MOMENT, 7)),
        encode_cursor(Position(MOMENT.replace(tzinfo=None), "a")),
        "W10",
        "bnVsbA",
    ],
)
async def test_bad_cursor_is_400(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/v1/notes", params={"cursor": cursor})

    assert answer.status_code == 400
    assert answer.json()["type"].endswith("/bad-cursor")


def test_cursor_survives_its_journey() -> None:
    position = Position(MOMENT + timedelta(microseconds=1), "名", MOMENT)

    assert decode_cursor(encode_cursor(position)) == position


def test_cursor_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadCursorError):
        decode_cursor("ünïcode")


async def test_row_committed_late_is_in_the_next_pull(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as late:
        await late.execute(text("INSERT INTO notes (id, store_id, text) VALUES ('late', 's1', '')"))
        stamped = (await late.execute(text("SELECT now()"))).scalar_one()
        await add_notes(database, "early")

        first = await walk(client)

    second = await walk(client, updated_since=first[0]["watermark"])

    assert ids_in(first) == ["early"]
    assert datetime.fromisoformat(first[0]["watermark"]) < stamped
    assert "late" in ids_in(second)


async def test_transaction_that_has_written_nothing_yet_holds_the_watermark(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.transaction() as late:
        await late.execute(text("SELECT 1"))
        first = await walk(client)
        await late.execute(text("INSERT INTO notes (id, store_id, text) VALUES ('late', 's1', '')"))

    second = await walk(client, updated_since=first[0]["watermark"])

    assert ids_in(second) == ["late"]


async def test_row_that_commits_between_watermark_and_reading_is_read(database: Database) -> None:
    async with database.reading() as session:
        await session.execute(text("SELECT 1"))
        await add_notes(database, "between")

        await safe_watermark(session)

        found = (await session.execute(text("SELECT id FROM notes"))).scalars().all()
    assert found == ["between"]


async def test_watermark_follows_the_clock_when_nothing_runs(database: Database) -> None:
    async with database.reading() as session:
        watermark = await safe_watermark(session)

    assert utc_now() - watermark < timedelta(seconds=5)
