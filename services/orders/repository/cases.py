"""Cases beside orders: each kind in its own table, whose columns are named as its attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import RowMapping, Select, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.tables.rows import Row


class BesideOrder(Protocol):
    """A case that names its order and its store."""

    @property
    def order_id(self) -> str:
        """The order it stands beside."""

    @property
    def store_id(self) -> str:
        """The store of that order."""


Case = TypeVar("Case", bound=BesideOrder)

_NATIVE = (datetime,)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list holds; None lets all pass, in `values` too: there by their columns.

    `since` is inclusive, `until` is not.
    """

    stores: Sequence[str] | None = None
    order_id: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    since: datetime | None = None
    until: datetime | None = None


class CaseTable(Generic[Case]):
    """The cases of one kind; a case is written only while its order is locked."""

    def __init__(
        self, row_class: type[Row], case_class: type[Case], *, moment: str = "opened_at"
    ) -> None:
        self.table: Table = Row.metadata.tables[row_class.__tablename__]
        self._case_class = case_class
        [self.key] = self.table.primary_key.columns
        self.moment = self.table.c[moment]

    async def find(self, session: AsyncSession, case_id: str) -> Case | None:
        """Return the case of an id, None if there is none."""
        found = await self.listed(session, select(self.table).where(self.key == case_id))
        return found[0] if found else None

    async def of_order(self, session: AsyncSession, order_id: str) -> list[Case]:
        """Return the cases of an order in the order they were made."""
        statement = self.where(CaseFilter(order_id=order_id)).order_by(self.key)
        return await self.listed(session, statement)

    def where(self, wanted: CaseFilter) -> Select[Any]:
        """Return the statement that lists the cases that pass, in no order yet."""
        columns = self.table.c
        statement = select(self.table)
        if wanted.stores is not None:
            statement = statement.where(columns.store_id.in_(wanted.stores))
        if wanted.since is not None:
            statement = statement.where(self.moment >= wanted.since)
        if wanted.until is not None:
            statement = statement.where(self.moment < wanted.until)
        values = {"order_id": wanted.order_id, **wanted.values}
        for name, value in values.items():
            if value is not None:
                statement = statement.where(columns[name] == value)
        return statement

    async def listed(self, session: AsyncSession, statement: Select[Any]) -> list[Case]:
        """Return the cases of a list."""
        return [self.case_of(row) for row in (await session.execute(statement)).mappings()]

    def case_of(self, row: RowMapping) -> Case:
        """Return the case of a row."""
        return msgspec.convert(dict(row), self._case_class, builtin_types=_NATIVE)

    async def put(self, session: AsyncSession, case: Case, *, is_new: bool) -> None:
        """Insert or update a case."""
        values = self._values(case)
        if is_new:
            await session.execute(insert(self.table).values(values))
            return
        key = values.pop(self.key.name)
        await session.execute(update(self.table).where(self.key == key).values(values))

    def _values(self, case: Case) -> dict[str, Any]:
        values: dict[str, Any] = msgspec.to_builtins(case, builtin_types=_NATIVE)
        if "status" in self.table.c:
            values["status"] = getattr(case, "status")  # noqa: B009 - derived where there is one
        return values
