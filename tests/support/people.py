"""Staff of directory as tests enter them, and what its answers say."""

from itertools import count
from typing import Any

import httpx
from sqlalchemy import text

from shared.db.engine import Database

BOOTSTRAP = "the first key of the house"
numbers = count(1)


async def enter(boss: httpx.AsyncClient, *roles: str, stores: list[str] | None = None) -> str:
    staff_number = f"S{next(numbers)}"
    body = {"staff_number": staff_number, "name": "小王", "roles": roles, "stores": stores}
    answer = await boss.post("/v1/staff", json=body)
    assert answer.status_code == 201, answer.text
    return staff_number


async def log_in(boss: httpx.AsyncClient, staff_number: str, **wishes: Any) -> str:
    answer = await boss.post("/v1/tokens", json={"staff_number": staff_number, **wishes})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def events(database: Database, key: str) -> list[tuple[str, Any]]:
    async with database.reading() as session:
        found = await session.execute(
            text("SELECT type, CAST(payload AS jsonb) FROM event_log WHERE key = :k ORDER BY id"),
            {"k": key},
        )
        return [(row[0], row[1]) for row in found]


def kind_of(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition("/")[2]


def pointers(answer: httpx.Response) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]
