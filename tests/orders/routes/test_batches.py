"""Batches of orders: one outcome for each row, in every policy, dry or not."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.orders import a_payment, an_order, counts_of, rows_of, types_of

NDJSON = {"content-type": "application/x-ndjson"}
REJECT_ALL = "error_policy=reject_all"


def outcomes(answer: httpx.Response) -> list[str]:
    return [row["outcome"] for row in answer.json()["outcomes"]]


def a_mixed_batch() -> list[dict[str, Any]]:
    """Two good rows, one with a wrong total, one of an unknown store, one told twice."""
    return [
        an_order("A-1", payments=[a_payment()]),
        an_order("A-2", total="1.00"),
        an_order("A-1"),
        an_order("A-3"),
        an_order("A-4", store_id="nowhere"),
    ]


async def test_each_row_has_its_outcome(client: httpx.AsyncClient, database: Database) -> None:
    answer = await client.post("/v1/orders:batch", json=a_mixed_batch())

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert outcomes(answer) == ["created", "rejected", "rejected", "created", "rejected"]
    assert body["counts"] == {
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "stale": 0,
        "rejected": 3,
    }
    assert [row["index"] for row in body["outcomes"]] == [0, 1, 2, 3, 4]
    assert [row["external_id"] for row in body["outcomes"]] == ["A-1", "A-2", "A-1", "A-3", "A-4"]
    assert [[error["code"] for error in row["errors"]] for row in body["outcomes"]] == [
        [],
        ["total-mismatch"],
        ["repeated-key"],
        [],
        ["store-unknown"],
    ]
    assert [row["receipt"] is None for row in body["outcomes"]] == [False, True, True, False, True]
    ids = {row["order_id"] for row in await rows_of(database, "orders")}
    assert ids == {body["outcomes"][0]["order_id"], body["outcomes"][3]["order_id"]}
    assert await types_of(database) == ["order_placed", "order_paid", "order_placed"]


async def test_dry_run_says_what_would_be_and_writes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/v1/orders", json=an_order("A-3"))
    before = await counts_of(database)

    dry = await client.post("/v1/orders:batch?dry_run=true", json=a_mixed_batch())
    between = await counts_of(database)
    real = await client.post("/v1/orders:batch", json=a_mixed_batch())

    assert between == before
    assert dry.headers["dry-run"] == "true"
    assert "dry-run" not in real.headers
    assert (
        outcomes(dry)
        == outcomes(real)
        == ["created", "rejected", "rejected", "unchanged", "rejected"]
    )
    assert [row["errors"] for row in dry.json()["outcomes"]] == [
        row["errors"] for row in real.json()["outcomes"]
    ]
    assert all(row["receipt"] is None for row in dry.json()["outcomes"])
    assert dry.json()["outcomes"][0]["order_id"] is None
    assert dry.json()["outcomes"][3]["order_id"] == real.json()["outcomes"][3]["order_id"]


async def test_one_bad_row_rejects_all_where_that_is_wanted(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/orders:batch?error_policy=reject_all",
        json=[an_order("A-1"), an_order("A-2", total="1")],
    )
    good = await client.post(
        f"/v1/orders:batch?{REJECT_ALL}", json=[an_order("A-1"), an_order("A-2")]
    )

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/batch-rejected")
    assert outcomes(answer) == ["created", "rejected"]
    assert outcomes(good) == ["created", "created"]


async def test_nothing_is_left_of_a_rejected_batch(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await counts_of(database)

    await client.post(
        "/v1/orders:batch?error_policy=reject_all",
        json=[an_order("A-1"), an_order("A-2", total="1")],
    )

    assert await counts_of(database) == before


async def test_broken_lines_cost_only_themselves(
    client: httpx.AsyncClient, database: Database
) -> None:
    lines = [
        json.dumps(an_order("A-1")).encode(),
        b'{"store_id": "s1", "external_id": ',
        b"",
        json.dumps(an_order("A-\u5f20", lines=[], total="5", postage="0")).encode("gb18030"),
        b"\xff\xfe\x00",
        b"[1, 2]",
        b'"text"',
        json.dumps(an_order("A-2"), ensure_ascii=False).encode(),
    ]

    answer = await client.post("/v1/orders:batch", content=b"\r\n".join(lines), headers=NDJSON)

    assert outcomes(answer) == ["created", "rejected"] + ["created"] + ["rejected"] * 3 + [
        "created"
    ]
    codes = [row["errors"][0]["code"] for row in answer.json()["outcomes"] if row["errors"]]
    assert codes == ["malformed-json", "malformed-json", "model_type", "model_type"]
    assert (await counts_of(database))["orders"] == 3


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {}, 422),
        (b"", {}, 400),
        (b"[", {}, 400),
        (b"null", {}, 422),
        (b"\n".join([b"{}"] * 1001), NDJSON, 413),
        (b"[" + b",".join([b"{}"] * 1001) + b"]", {}, 413),
    ],
)
async def test_batch_that_is_none_is_refused(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/v1/orders:batch", content=body, headers=headers)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["dry_run=perhaps", "error_policy=ignore"])
async def test_unknown_option_is_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.post(f"/v1/orders:batch?{query}", json=[])

    assert answer.status_code in {400, 422}


async def test_empty_batch_does_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/orders:batch", json=[])

    assert (answer.status_code, answer.json()["outcomes"]) == (200, [])


async def test_thousand_orders_take_as_many_statements_as_two(
    client: httpx.AsyncClient, database: Database
) -> None:
    from sqlalchemy import event

    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    counts = []
    for batch, size in enumerate((2, 1000)):
        rows = [an_order(f"B-{batch}-{place}", payments=[a_payment()]) for place in range(size)]
        statements.clear()
        answer = await client.post("/v1/orders:batch", json=rows)
        counts.append(len(statements))
        assert answer.json()["counts"]["created"] == size
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)

    assert counts[1] <= counts[0] < 20  # the first one also looks the caller up


async def test_batches_of_the_same_new_orders_race_without_harm(
    client: httpx.AsyncClient, database: Database
) -> None:
    rows = [an_order(f"R-{place}", payments=[a_payment()]) for place in range(60)]
    shuffled = [rows, rows[::-1], rows[30:] + rows[:30], rows[::2] + rows[1::2]]

    answers = await asyncio.gather(
        *(client.post("/v1/orders:batch", json=batch) for batch in shuffled)
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    found = [outcome for answer in answers for outcome in outcomes(answer)]
    assert (found.count("created"), found.count("unchanged")) == (60, 180)
    counts = await counts_of(database)
    assert (counts["orders"], counts["event_log"], counts["order_receipts"]) == (60, 120, 60)


async def test_batches_that_overlap_old_and_new_orders_never_wait_in_a_circle(
    client: httpx.AsyncClient, database: Database
) -> None:
    old = [an_order(f"C-{place:02}") for place in range(0, 60, 2)]
    await client.post("/v1/orders:batch", json=old)
    everything = [an_order(f"C-{place:02}", payments=[a_payment()]) for place in range(60)]

    answers = await asyncio.gather(
        *(
            client.post("/v1/orders:batch", json=everything[start:] + everything[:start])
            for start in (0, 7, 23, 41)
        )
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    found = [outcome for answer in answers for outcome in outcomes(answer)]
    assert (found.count("created"), found.count("updated")) == (30, 30)
    assert (await types_of(database)).count("order_paid") == 60
