"""Statements over many rows at once."""

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit import Change, record_changes
from shared.db.bulk import insertion, updating
from shared.db.engine import Database

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("size", Integer),
    Column("seal", LargeBinary),
)


async def make(session: AsyncSession) -> None:
    await session.execute(
        text("CREATE TEMP TABLE things (id text PRIMARY KEY, size int, seal bytea) ON COMMIT DROP")
    )


async def rows(session: AsyncSession) -> list[tuple[object, ...]]:
    found = await session.execute(text("SELECT id, size, seal FROM things ORDER BY id"))
    return [tuple(row) for row in found]


async def test_rows_are_inserted_and_those_that_conflict_are_not_returned(
    directory_database: Database,
) -> None:
    statement = insertion(
        THINGS, ("id", "size", "seal"), suffix="ON CONFLICT (id) DO NOTHING RETURNING id"
    )

    async with directory_database.transaction() as session:
        await make(session)
        first = await statement.run(session, [("a", 1, b"\0"), ("b", None, None)])
        second = await statement.run(session, [("b", 2, None), ("c", 3, b"s")])

        assert (first, second) == (["a", "b"], ["c"])
        assert await rows(session) == [("a", 1, b"\0"), ("b", None, None), ("c", 3, b"s")]


async def test_nulls_leave_what_is_to_be_kept(directory_database: Database) -> None:
    update = updating(
        THINGS, ("id", "size", "seal"), kept_if_null=("seal",), also="id = upper(v.id)"
    )

    async with directory_database.transaction() as session:
        await make(session)
        insert = insertion(THINGS, ("id", "size", "seal"))
        await insert.run(session, [("a", 1, b"1"), ("b", 2, b"2"), ("c", 3, b"3")])
        await update.run(session, [("a", None, None), ("b", 9, b"9")])

        assert await rows(session) == [("A", None, b"1"), ("B", 9, b"9"), ("c", 3, b"3")]


async def test_many_changes_enter_the_trail_at_once(directory_database: Database) -> None:
    changes = [
        Change("thing.made", f"t{number}", None, None, {"size": number}) for number in range(3)
    ]

    async with directory_database.transaction() as session:
        await record_changes(session, caller="S-1", changes=changes)
        found = await session.execute(
            text("SELECT subject, before, after FROM audit_trail WHERE caller = 'S-1' ORDER BY id")
        )

        assert [tuple(row) for row in found] == [
            (f"t{number}", None, {"size": number}) for number in range(3)
        ]
