"""Problem orders, over HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.cases import Statements, keyed
from tests.support.orders import (
    a_payment,
    a_shipment,
    an_order,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
    types_of,
)
from tests.support.people import kind_of, pointers

PAID: dict[str, Any] = {"payments": [a_payment()]}
TABLES = ("order_problems", "registry_stores")
WHY: dict[str, Any] = {"kind": "out_of_stock", "reason": "缺1件"}


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


async def opened(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    answer = await keyed(client, f"{path}/problems", **{**WHY, **body})
    assert answer.status_code == 201, answer.text
    problem: dict[str, Any] = answer.json()["problem"]
    return problem


async def closed(client: httpx.AsyncClient, problem: dict[str, Any], **body: Any) -> httpx.Response:
    path = f"/v1/problems/{problem['problem_id']}/closure"
    return await client.post(path, json={"outcome": "solved", **body})


async def test_order_is_held_until_its_last_problem_is_closed(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    first = await opened(client, path, lines=[1], at=ago(2))
    second = await opened(client, path, kind="address", reason="no such street", at=ago(1))
    held = (await client.get(path)).json()
    refused = [
        await client.post(f"{path}/verification"),
        await client.post(f"{path}/shipments", json=a_shipment(external_id="s")),
    ]

    one = await closed(client, first, note="found another")
    still = (await client.get(path)).json()
    two = await closed(client, second, outcome="changed")
    free = await client.post(f"{path}/verification")

    assert [(each.status_code, kind_of(each)) for each in refused] == [(409, "order-held")] * 2
    assert (held["hold"]["kind"], held["hold"]["reason"], held["version"]) == (
        "problem",
        "缺1件",
        2,
    )
    assert (still["hold"]["reason"], still["version"]) == ("no such street", 3)
    assert (one.status_code, two.status_code, free.status_code) == (200, 200, 200)
    assert one.json()["problem"]["closing_note"] == "found another"
    assert free.json()["order"]["hold"] is None
    told = (await payloads_of(database))[2:6]
    assert (await types_of(database))[2:6] == ["problem_opened"] * 2 + ["problem_closed"] * 2
    assert [line["sku"] for line in told[0]["lines"]] == ["tea"]
    assert [len(told[1]["lines"]), told[2]["outcome"], told[3]["outcome"]] == [
        2,
        "solved",
        "changed",
    ]
    assert told[0]["due_at"] == told[2]["due_at"]


async def test_source_may_ship_an_order_with_a_problem(client: httpx.AsyncClient) -> None:
    path = await stated(client, **PAID)
    problem = await opened(client, path)

    shipped = await client.post("/v1/orders", json=an_order(**PAID, shipments=[a_shipment()]))

    assert shipped.json()["order"]["status"] == "shipped"
    assert (await client.get(f"/v1/problems/{problem['problem_id']}")).json()["status"] == "open"


async def test_problem_is_handed_over_and_found_by_its_owner(
    client: httpx.AsyncClient, database: Database
) -> None:
    problem = await opened(client, await stated(client, **PAID))
    other = await opened(client, await stated(client, external_id="A-2", **PAID), kind="courier")
    path = f"/v1/problems/{problem['problem_id']}/handover"
    before = await counts_of(database, ("event_log", "order_receipts"))

    moved = await client.post(path, json={"owner_staff": "S9"})
    again = await client.post(path, json={"owner_staff": "S9"})
    found = (await client.get("/v1/problems?owner_staff=S9")).json()["items"]
    late = await closed(client, problem)

    assert (moved.json()["outcome"], again.json()["outcome"]) == ("updated", "unchanged")
    assert [each["problem_id"] for each in found] == [problem["problem_id"]]
    assert other["owner_staff"] == problem["owner_staff"] != "S9"
    assert await counts_of(database, ("event_log", "order_receipts")) == {
        name: number + 1 for name, number in before.items()
    }, "only the closing is an event"
    assert late.json()["problem"]["owner_staff"] == "S9"
    trail = await rows_of(database, "audit_trail", "id")
    [line] = [row for row in trail if row["action"] == "problem.handed_over"]
    assert (line["subject"], line["after"]["owner_staff"]) == (problem["problem_id"], "S9")


async def test_lists_have_pages_filters_and_a_constant_cost(
    client: httpx.AsyncClient, database: Database
) -> None:
    made = [
        await opened(client, await stated(client, external_id=f"A-{n}", **PAID), at=ago(9 - n))
        for n in range(4)
    ]
    await closed(client, made[1])
    with Statements(database, *TABLES) as few:
        first = (await client.get("/v1/problems?limit=1")).json()
    with Statements(database, *TABLES) as many:
        rest = (await client.get(f"/v1/problems?limit=9&cursor={first['next_cursor']}")).json()

    listed = [each["problem_id"] for each in first["items"] + rest["items"]]
    assert listed == [each["problem_id"] for each in made]
    assert rest["next_cursor"] is None
    assert many.count == few.count == 2
    open_ones = (await client.get("/v1/problems?status=open&kind=out_of_stock&stores=s1")).json()
    assert len(open_ones["items"]) == 3
    assert (await client.get("/v1/problems?kind=price")).json()["items"] == []
    of_one = (await client.get(f"/v1/orders/{made[2]['order_id']}/problems")).json()
    assert [each["problem_id"] for each in of_one] == [made[2]["problem_id"]]
    assert (await client.get("/v1/problems?limit=1&cursor=x")).status_code == 400


async def test_same_request_again_opens_no_second_problem(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = f"{await stated(client, **PAID)}/problems"
    headers = {"Idempotency-Key": "same"}

    first, again = [await client.post(path, json=WHY, headers=headers) for _ in range(2)]
    keyless = await client.post(path, json=WHY)

    assert again.json() == first.json()
    assert (keyless.status_code, kind_of(keyless)) == (400, "idempotency-key-missing")
    assert (await counts_of(database, ("order_problems",))) == {"order_problems": 1}


async def test_closing_again_changes_nothing_and_otherwise_is_refused(
    client: httpx.AsyncClient, database: Database
) -> None:
    problem = await opened(client, await stated(client, **PAID))
    first = await closed(client, problem)
    before = await counts_of(database)

    again = await closed(client, problem)
    otherwise = await closed(client, problem, outcome="changed")

    assert again.json() == {**first.json(), "outcome": "unchanged"}
    assert (otherwise.status_code, kind_of(otherwise)) == (409, "illegal-move")
    assert await counts_of(database) == before


async def test_racing_closures_free_the_order_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    problems = [await opened(client, path) for _ in range(3)]

    answers = await asyncio.gather(*(closed(client, each) for each in problems * 2))

    outcomes = sorted(answer.json()["outcome"] for answer in answers)
    assert outcomes == ["unchanged"] * 3 + ["updated"] * 3
    assert (await client.get(path)).json()["hold"] is None
    assert (await types_of(database)).count("problem_closed") == 3


async def test_cancelling_closes_the_problems(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    problem = await opened(client, path)
    early = await closed(client, problem, outcome="cancelled")

    cancelled = await client.post(f"{path}/cancellation", json={"reason": "no stock"})
    told = await closed(client, problem, outcome="cancelled")
    late = await keyed(client, f"{path}/problems", **WHY)

    assert (early.status_code, kind_of(early)) == (409, "illegal-move")
    assert cancelled.json()["order"]["hold"] is None
    assert (told.json()["outcome"], told.json()["problem"]["outcome"]) == ("unchanged", "cancelled")
    assert (await types_of(database))[-2:] == ["order_cancelled", "problem_closed"]
    assert cancelled.json()["receipt"] == told.json()["receipt"]
    assert (late.status_code, kind_of(late)) == (409, "illegal-move")


async def test_source_that_cancels_in_a_batch_closes_the_problems(
    client: httpx.AsyncClient, database: Database
) -> None:
    for number in range(2):
        await opened(client, await stated(client, external_id=f"A-{number}", **PAID))
    rows = [an_order(f"A-{number}", **PAID, cancelled_at=ago(0)) for number in range(2)]

    await client.post("/v1/orders:batch", json=rows)

    assert {row["outcome"] for row in await rows_of(database, "order_problems")} == {"cancelled"}
    assert (await types_of(database)).count("problem_closed") == 2


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"kind": "bad"}, 422, "/kind"),
        ({"reason": ""}, 422, "/reason"),
        ({"lines": [0]}, 422, "/lines/0"),
        ({"lines": [9]}, 422, "/lines/0"),
        ({"owner_staff": ""}, 422, "/owner_staff"),
        ({"at": "2999-01-01T00:00:00Z"}, 422, "/at"),
        ({"more": 1}, 422, "/more"),
    ],
)
async def test_bad_problem_is_pointed_at(
    client: httpx.AsyncClient, body: Any, status: int, pointer: str
) -> None:
    path = await stated(client, **PAID)

    answer = await keyed(client, f"{path}/problems", **{**WHY, **body})

    assert (answer.status_code, pointers(answer)) == (status, [pointer]), answer.text


async def test_foreign_problem_is_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner, **PAID)
        problem = await opened(owner, path)
    single = f"/v1/problems/{problem['problem_id']}"
    async with orders_client(database, stores=["s2"]) as stranger:
        answers = [
            await keyed(stranger, f"{path}/problems", **WHY),
            await stranger.get(f"{path}/problems"),
            await stranger.get(single),
            await closed(stranger, problem),
            await stranger.post(f"{single}/handover", json={"owner_staff": "S9"}),
        ]
        listed = await stranger.get("/v1/problems")
        asked = await stranger.get("/v1/problems?stores=s1")
    async with orders_client(database, scopes=["orders:read"]) as reader:
        forbidden = await closed(reader, problem)

    assert [answer.status_code for answer in answers] == [404] * 5
    assert [kind_of(answer) for answer in answers[2:]] == ["case-unknown"] * 3
    assert (listed.json()["items"], asked.status_code) == ([], 403)
    assert forbidden.status_code == 403
