"""Cases beside orders as tests open them."""

from itertools import count
from typing import Any, Self

import httpx
from sqlalchemy import event

from shared.db.engine import Database

_keys = count()


async def keyed(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    """Post a body under a key of its own."""
    return await client.post(path, json=body, headers={"Idempotency-Key": f"key-{next(_keys)}"})


class Statements:
    """Counts the statements that speak of some tables and that a database is sent meanwhile."""

    def __init__(self, database: Database, *tables: str) -> None:
        self._engine = database.engine.sync_engine
        self._tables = tables
        self.count = 0

    def __enter__(self) -> Self:
        event.listen(self._engine, "before_cursor_execute", self._add)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._add)

    def _add(self, *arguments: Any) -> None:
        self.count += any(table in arguments[2] for table in self._tables)


def a_return(**values: Any) -> dict[str, Any]:
    """A return of one tea of `an_order`, with what a store demands of one."""
    return {
        "kind": "return",
        "lines": [{"line_no": 1, "quantity": 1}],
        "reason_kind": "wrong_size",
        "reason": "尺码不合适",
        "pictures": ["https://img.example.com/1.jpg"],
        "responsible": "buyer",
        **values,
    }


async def opened_case(client: httpx.AsyncClient, path: str, **values: Any) -> dict[str, Any]:
    """Open an after-sale case of an order and return it."""
    answer = await keyed(client, f"{path}/after-sales", **a_return(**values))
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()["case"]
    return case
