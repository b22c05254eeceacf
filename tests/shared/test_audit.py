"""The trail: written with the change, never changed, shown to whom it belongs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.audit import differences, record_change
from shared.db.engine import Database
from tests.support.applications import an_application
from tests.support.databases import Databases, database_for


@pytest.fixture(scope="module")
async def made(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "notes") as database:
        yield database


@pytest.fixture
async def database(databases: Databases, made: Database) -> Database:
    await databases.empty(made)
    return made


async def record(database: Database, subject: str, **values: Any) -> None:
    line = {
        "caller": "S1",
        "action": "note.changed",
        "store_id": "s1",
        "before": None,
        "after": None,
        **values,
    }
    async with database.transaction() as session:
        await record_change(session, subject=subject, **line)


async def read(database: Database, query: str = "", **rights: Any) -> dict[str, Any]:
    async with an_application("notes", database, [], scopes=["audit:read"], **rights) as client:
        answer = await client.get(f"/v1/audit/notes{query}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_line_tells_who_what_before_and_after(database: Database) -> None:
    await record(
        database,
        "n1",
        before={"amount": Decimal("1.10")},
        after={"amount": Decimal("1.20"), "at": datetime(2026, 1, 1, tzinfo=UTC)},
    )

    (line,) = (await read(database))["items"]

    assert (line["caller"], line["action"], line["subject"]) == ("S1", "note.changed", "n1")
    assert line["before"] == {"amount": "1.10"}
    assert line["after"] == {"amount": "1.20", "at": "2026-01-01T00:00:00Z"}


async def test_line_goes_with_its_change(database: Database) -> None:
    class CrashError(Exception):
        pass

    async def crash() -> None:
        async with database.transaction() as session:
            await record_change(
                session, caller="S1", action="a", subject="n1", store_id=None, before={}, after={}
            )
            raise CrashError

    with pytest.raises(CrashError):
        await crash()

    assert (await read(database))["items"] == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_trail SET caller = 'x'", "DELETE FROM audit_trail"]
)
async def test_trail_can_only_be_added_to(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_trail_is_limited_to_the_callers_stores(database: Database) -> None:
    await record(database, "mine")
    await record(database, "theirs", store_id="s2")
    await record(database, "of all", store_id=None)

    own = await read(database, stores=["s1"])
    every = await read(database)

    assert [line["subject"] for line in own["items"]] == ["mine"]
    assert [line["subject"] for line in every["items"]] == ["of all", "theirs", "mine"]


async def test_other_stores_can_not_be_asked_for(database: Database) -> None:
    async with an_application(
        "notes", database, [], scopes=["audit:read"], stores=["s1"]
    ) as client:
        answer = await client.get("/v1/audit/notes?store_id=s2")

    assert (answer.status_code, answer.json()["store_id"]) == (403, "s2")


async def test_trail_is_filtered_and_paged(database: Database) -> None:
    for number in range(5):
        await record(database, f"n{number % 2}", caller=f"S{number}")

    first = await read(database, "?subject=n0&limit=2")
    second = await read(database, f"?subject=n0&limit=2&cursor={first['next_cursor']}")
    by_caller = await read(database, "?caller=S3")

    lines = [*first["items"], *second["items"]]
    assert [line["caller"] for line in lines] == ["S4", "S2", "S0"]
    assert second["next_cursor"] is None
    assert [line["subject"] for line in by_caller["items"]] == ["n1"]


def test_differences_hold_what_differs() -> None:
    before, after = differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3, "d": 4})

    assert before == {"b": 2, "c": 3}
    assert after == {"b": 3, "d": 4}
