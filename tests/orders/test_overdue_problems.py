"""Problems that are open for too long are told of once, also after hours in which no clock ran."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.directory.thresholds.catalogue import effective
from services.orders.jobs import CLOCKS
from services.orders.usecases import problems
from shared.db.engine import Database
from shared.jobs import run_if_due
from tests.support.applications import open_store
from tests.support.cases import keyed
from tests.support.orders import a_payment, payloads_of, rows_of, stated, types_of


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


async def a_problem(client: httpx.AsyncClient, path: str, hours: float, **body: Any) -> str:
    told = {"kind": "other", "reason": "x", "at": ago(hours), **body}
    answer = await keyed(client, f"{path}/problems", **told)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["problem"]["problem_id"])


async def tell(database: Database) -> int:
    async with database.transaction() as session:
        return await problems.state_overdue(session)


async def on_list(client: httpx.AsyncClient, name: str) -> list[str]:
    items = (await client.get(f"/v1/worklists/orders/{name}")).json()["items"]
    return [order["external_id"] for order in items]


async def test_late_problem_is_told_of_once_and_listed(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, payments=[a_payment()])
    late = await a_problem(client, path, 30, owner_staff="S7")
    await a_problem(client, path, 23)
    other = await stated(client, external_id="A-2", payments=[a_payment()])
    await a_problem(client, other, 1)

    told = [await tell(database), await tell(database)]

    [event] = [each for each in await payloads_of(database) if each.get("problem_id") == late][1:]
    opened_at = datetime.fromisoformat(event["opened_at"])
    assert told == [1, 0]
    assert datetime.fromisoformat(event["occurred_at"]) == opened_at + timedelta(hours=24)
    assert (event["due_at"], event["owner_staff"]) == (event["occurred_at"], "S7")
    assert await on_list(client, "problem") == ["A-1", "A-2"]
    assert await on_list(client, "problem_overdue") == ["A-1"]
    await client.post(f"/v1/problems/{late}/closure", json={"outcome": "solved"})
    assert await on_list(client, "problem_overdue") == [], "its other problem is not late yet"


async def test_setting_of_the_store_holds_at_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    await a_problem(client, await stated(client), 3)
    before = await tell(database)

    await open_store(
        database, "s1", version=2, settings={**effective({}), "orders.problem_close_hours": 2}
    )

    assert (before, await tell(database)) == (0, 1)
    assert await on_list(client, "problem_overdue") == ["A-1"]


async def test_history_and_what_is_closed_start_no_clock(
    client: httpx.AsyncClient, database: Database
) -> None:
    await a_problem(client, await stated(client, backfill=True), 50)
    path = await stated(client, external_id="A-2")
    closed = await a_problem(client, path, 50)
    await client.post(f"/v1/problems/{closed}/closure", json={"outcome": "solved"})

    assert await tell(database) == 0


async def test_clock_tells_of_more_than_fit_one_transaction(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "MOST", 2)
    path = await stated(client)
    for _ in range(5):
        await a_problem(client, path, 40)
    [clock] = [clock for clock in CLOCKS if clock.name == "tell_overdue_problems"]

    await run_if_due(database, clock)

    assert (await types_of(database)).count("problem_overdue") == 5
    assert all(row["overdue_stated_at"] for row in await rows_of(database, "order_problems"))


async def test_problem_at_work_is_not_called_overdue(
    client: httpx.AsyncClient, database: Database
) -> None:
    await a_problem(client, await stated(client), 40)
    async with database.transaction() as working:
        await working.execute(text("SELECT FROM orders FOR UPDATE"))

        assert await tell(database) == 0
