"""Statements over many rows at once: one array per column, whatever the number of rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class BulkStatement:
    """A statement whose FROM is `unnest` of one array per column; built once, run often."""

    def __init__(self, statement: TextClause, columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = tuple(columns)
        self._is_returning = "RETURNING" in statement.text

    async def run(self, session: AsyncSession, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Run it over rows whose values stand in the order of its columns.

        Return the first column of what it returns, if it returns anything. No rows, no statement.
        """
        if not rows:
            return []
        arrays = zip(*rows, strict=True)
        values = {name: list(array) for name, array in zip(self._columns, arrays, strict=True)}
        result = await session.execute(self._statement, values)
        return list(result.scalars()) if self._is_returning else []


def insertion(table: Table, columns: Sequence[str], *, suffix: str = "") -> BulkStatement:
    """Return the statement that inserts rows; `suffix` holds ON CONFLICT or RETURNING."""
    names = ", ".join(columns)
    source = _source(table, columns)
    statement = f"INSERT INTO {table.name} ({names}) SELECT * FROM {source} {suffix}"  # noqa: S608 - names of our own
    return BulkStatement(text(statement), columns)


def updating(
    table: Table, columns: Sequence[str], *, kept_if_null: Iterable[str] = (), also: str = ""
) -> BulkStatement:
    """Return the statement that sets columns of the rows named by the first column.

    A null in a column of `kept_if_null` leaves what is stored; `also` sets more.
    """
    key, *rest = columns
    name, kept = table.name, set(kept_if_null)
    settings = [
        f"{column} = "
        + (f"coalesce(v.{column}, {name}.{column})" if column in kept else f"v.{column}")
        for column in rest
    ]
    assignments = ", ".join([*settings, also] if also else settings)
    source = f"{_source(table, columns)} AS v ({', '.join(columns)})"
    statement = f"UPDATE {name} SET {assignments} FROM {source} WHERE {name}.{key} = v.{key}"  # noqa: S608 - names of our own
    return BulkStatement(text(statement), columns)


def _source(table: Table, columns: Sequence[str]) -> str:
    arrays = (f"CAST(:{name} AS {table.c[name].type.compile(_DIALECT)}[])" for name in columns)
    return f"unnest({', '.join(arrays)})"
