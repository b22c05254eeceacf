"""A second set of the tables of figures, private to one connection: every statement about it.

A session of this set has `pg_temp` alone as its search path, so that a bare name never reaches the
first set by mistake; `look_at_first` turns it to the first one for the rest of a transaction.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.tables import BUYER_STORE, FIGURES

SECOND = "pg_temp"
"""The schema of the second set, and its session's search path."""

SHOWN = 20
"""Rows of a table and store that are shown as they were and as they are."""


class Differing(NamedTuple):
    """The rows of one store in one table that differ; examples as they stand in each set."""

    table: str
    store_id: str
    rows: int
    held: list[dict[str, Any]]
    told: list[dict[str, Any]]


async def make_second_set(session: AsyncSession) -> None:
    """Make the tables, empty."""
    for table in FIGURES:
        statement = f"CREATE TEMPORARY TABLE {table.name} (LIKE public.{table.name} INCLUDING ALL)"
        await session.execute(text(statement))


async def look_at_first(session: AsyncSession) -> None:
    """Let bare names mean the first set, until the transaction ends or looks elsewhere."""
    await session.execute(text("SET LOCAL search_path = public, pg_temp"))


async def look_at_second(session: AsyncSession) -> None:
    """Let bare names mean the second set again."""
    await session.execute(text("SET LOCAL search_path = pg_temp"))


async def find_differing(session: AsyncSession, stores: Sequence[str]) -> list[Differing]:
    """Compare the sets over all rows of some stores, and note the keys that differ."""
    found: list[Differing] = []
    for table in FIGURES:
        await session.execute(text(_noting(table, SECOND)), {"stores": list(stores)})
        counts = await session.execute(
            text(f"SELECT store_id, count(*) FROM {_noted(table)} GROUP BY store_id ORDER BY 1")  # noqa: S608 - a name of ours
        )
        for store_id, rows in counts.all():
            held = await _examples(session, table, "public", store_id)
            told = await _examples(session, table, SECOND, store_id)
            found.append(Differing(table.name, store_id, rows, held, told))
    return found


async def find_all_differing(session: AsyncSession, schema: str) -> list[Differing]:
    """Compare the tables of a schema with the first set, over all stores.

    `store_id` of what is found is the first store that differs in the table.
    """
    found: list[Differing] = []
    for table in FIGURES:
        await session.execute(text(_noting(table, schema)), {"stores": None})
        counting = f"SELECT count(*), coalesce(min(store_id), '') FROM {_noted(table)}"  # noqa: S608 - a name of ours
        rows, store_id = (await session.execute(text(counting))).one()
        if rows:
            held = await _examples(session, table, "public", store_id)
            told = await _examples(session, table, schema, store_id)
            found.append(Differing(table.name, store_id, rows, held, told))
    return found


async def replace_differing(session: AsyncSession) -> None:
    """Put the second set's rows in the place of the first one's, where they were noted."""
    for table in FIGURES:
        keys = ", ".join(_keys(table))
        same = " AND ".join(f"t.{key} = d.{key}" for key in _keys(table))
        names = ", ".join(column.name for column in table.columns)
        told = ", ".join(f"t.{column.name}" for column in table.columns)
        noted = _noted(table)
        for statement in (
            f"DELETE FROM public.{table.name} t USING {noted} d WHERE {same}",  # noqa: S608 - names of ours
            f"""INSERT INTO public.{table.name} ({names})
                SELECT {told} FROM {SECOND}.{table.name} t JOIN {noted} d USING ({keys})""",  # noqa: S608 - names of ours
        ):
            await session.execute(text(statement))


def _noting(table: Table, schema: str) -> str:
    """Return the statement that notes which keys differ.

    Rows of one key are added up first: buyers have several, and what they come to counts.
    """
    keys = ", ".join(_keys(table))
    measures = [column.name for column in table.columns if column.name not in _keys(table)]
    sums = ", ".join(f"sum({name}) AS {name}" for name in measures)
    held, told = (", ".join(f"{side}.{name}" for name in measures) for side in ("held", "told"))
    return f"""
        CREATE TEMPORARY TABLE differing_{table.name} ON COMMIT DROP AS
        SELECT {keys}
        FROM (SELECT {keys}, {sums} FROM public.{table.name}
              WHERE CAST(:stores AS text[]) IS NULL OR store_id = ANY(CAST(:stores AS text[]))
              GROUP BY {keys}) held
        FULL JOIN (SELECT {keys}, {sums} FROM {schema}.{table.name} GROUP BY {keys}) told
        USING ({keys})
        WHERE ({held}) IS DISTINCT FROM ({told})
    """  # noqa: S608 - names of ours


async def _examples(
    session: AsyncSession, table: Table, schema: str, store_id: str
) -> list[dict[str, Any]]:
    """Return some of the noted rows; buyers are counted only, nobody reads their ids."""
    if table is BUYER_STORE:
        return []
    keys = ", ".join(_keys(table))
    statement = f"""
        SELECT to_jsonb(t) FROM {schema}.{table.name} t JOIN {_noted(table)} d USING ({keys})
        WHERE store_id = :store_id ORDER BY {keys} LIMIT {SHOWN}
    """  # noqa: S608 - names of ours
    rows = (await session.execute(text(statement), {"store_id": store_id})).scalars()
    return [{name: value for name, value in row.items() if value != 0} for row in rows]


def _noted(table: Table) -> str:
    return f"pg_temp.differing_{table.name}"


def _keys(table: Table) -> list[str]:
    if table is BUYER_STORE:
        return ["store_id", "business_date", "buyer"]
    return [column.name for column in table.primary_key.columns]
