"""What a service does when it is told something on the command line."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from shared.command_line import CALLER, ROLES, Command, obey, parse
from shared.contracts.catalogue import PARTITIONS
from shared.db.engine import Database
from shared.log.positions import create_positions, load_positions
from shared.registry.subscription import registry_subscription
from tests.support.applications import open_store, some_settings
from tests.support.databases import Databases, database_for
from tests.support.event_stream import DirectFeed

REGISTRY = registry_subscription("orders")


@pytest.fixture
async def database(databases: Databases) -> AsyncIterator[Database]:
    async with database_for(databases, "orders") as database:
        yield database


async def ask(database: Database, statement: str) -> list[Any]:
    async with database.reading() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def reread(database: Database, owner: str) -> int:
    """Tell the service to; the database is the owner's too."""
    return await obey(
        "orders",
        parse("orders", ["reread", owner]),
        some_settings(database),
        (REGISTRY,),
        feed=DirectFeed(database, owner),
    )


def test_roles_are_chosen() -> None:
    assert parse("orders", ["--roles", "api,relay"]).roles == ("api", "relay")
    assert parse("orders", []).roles == ROLES
    with pytest.raises(SystemExit):
        parse("orders", ["--roles", "api,cook"])


def test_a_command_is_one_of_four() -> None:
    assert parse("orders", []).command is Command.RUN
    assert parse("orders", ["migrate"]).command is Command.MIGRATE
    assert parse("orders", ["reread", "directory"]).owner == "directory"
    for wrong in (["reread"], ["cook"], ["new-log", "orders"]):
        with pytest.raises(SystemExit):
            parse("orders", wrong)


async def test_a_new_log_has_another_identity_and_the_trail_says_so(database: Database) -> None:
    current = "SELECT log_id::text FROM log_identity WHERE is_current"
    [(former,)] = await ask(database, current)

    code = await obey("orders", parse("orders", ["new-log"]), some_settings(database), ())

    [(log_id,)] = await ask(database, current)
    assert (code, log_id == former) == (0, False)
    trail = "SELECT caller, action, before->>'log_id', after->>'log_id' FROM audit_trail"
    assert await ask(database, trail) == [(CALLER, "log.renewed", former, log_id)]


async def test_a_reader_that_begins_again_has_nothing_left(database: Database) -> None:
    await open_store(database, "gone")
    async with database.transaction() as session:
        [(log_id,)] = await session.execute(text("SELECT log_id FROM log_identity"))
        await create_positions(session, REGISTRY.reader, "directory", log_id)
        await session.execute(text("UPDATE log_positions SET next_sequence = 3"))

    code = await reread(database, "directory")

    async with database.reading() as session:
        assert await load_positions(session, REGISTRY.reader) == {}
    assert code == 0
    assert await ask(database, "SELECT store_id FROM registry_stores") == []
    trail = "SELECT action, subject, before->>'events_read' FROM audit_trail"
    read = str(2 * PARTITIONS)
    assert await ask(database, trail) == [
        ("reader.began_again", "reader:orders-registry", read),
    ]


async def test_an_owner_that_nobody_reads_is_refused(database: Database) -> None:
    assert await reread(database, "inventory") == 1
    assert await ask(database, "SELECT * FROM audit_trail") == []


async def test_what_cannot_be_read_from_its_first_event_is_not_discarded(
    database: Database,
) -> None:
    await open_store(database, "kept")
    options = parse("orders", ["reread", "directory"])

    unreachable = await obey("orders", options, some_settings(database), (REGISTRY,))
    async with database.transaction() as session:
        await session.execute(text("UPDATE log_lanes SET trimmed_sequence = 5 WHERE partition = 1"))
    trimmed = await reread(database, "directory")

    assert (unreachable, trimmed) == (1, 1)
    assert await ask(database, "SELECT store_id FROM registry_stores") == [("kept",)]
