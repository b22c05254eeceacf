"""Settlements, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.orders import (
    a_payment,
    a_refund,
    a_shipment,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
    types_of,
)
from tests.support.people import kind_of

TABLES = ("settlements", "settlement_lines", "event_log", "audit_trail")


def a_settlement(external_id: str = "B-1", gross: str = "121.00", **values: Any) -> dict[str, Any]:
    """A settlement of two of `an_order`, for the day on which they were completed."""
    return {
        "store_id": "s1",
        "external_id": external_id,
        "from_day": "2026-11-22",
        "to_day": "2026-11-22",
        "gross": gross,
        "fee": "0.00",
        "settled": gross,
        **values,
    }


async def completed(client: httpx.AsyncClient, external_id: str, **values: Any) -> str:
    at = values.pop("completed_at", "2026-11-22T12:00:00+08:00")
    told = {"payments": [a_payment()], "shipments": [a_shipment()], "completed_at": at}
    return await stated(client, external_id=external_id, **{**told, **values})


async def summary(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/v1/settlements/summary?from_day=2026-11-01&to_day=2026-11-30")
    assert answer.status_code == 200, answer.text
    return next(row for row in answer.json() if row["store_id"] == "s1")


async def test_settlement_brings_what_the_days_orders_are_expected_to(
    client: httpx.AsyncClient, database: Database
) -> None:
    edges = ("2026-11-22T00:00:00+08:00", "2026-11-22T23:59:59+08:00", "2026-11-23T00:00:00+08:00")
    for number, at in enumerate(edges):
        await completed(client, f"A-{number}", completed_at=at)
    await completed(client, "A-3", refunds=[a_refund("60.50", paid_at="2026-11-22T10:00:00+08:00")])
    await stated(client, external_id="A-4", payments=[a_payment()])
    before = await summary(client)

    body = a_settlement(fee="1.21", settled="119.79")
    answer = await client.post("/v1/settlements", json=body)

    settlement = answer.json()["settlement"]
    told = (await payloads_of(database))[-1]
    assert answer.status_code == 201, answer.text
    assert (settlement["expected"], settlement["orders"]) == ("121.00", 2)
    assert settlement["is_matched"] is True
    assert (before["expected"], before["orders_expected"]) == ("181.50", 3)
    after = await summary(client)
    assert [after[name] for name in ("received", "fees", "settled", "expected")] == [
        "121.00", "1.21", "119.79", "60.50",
    ]  # fmt: skip
    assert (await types_of(database))[-1] == "settlement_received"
    assert (told["from_day"], told["gross_minor"], told["fee_minor"]) == ("2026-11-22", 12100, 121)
    assert (told["expected_minor"], told["order_count"]) == (12100, 2)
    assert (await rows_of(database, "audit_trail", "id"))[-1]["action"] == "settlement.received"


async def test_same_settlement_again_changes_nothing_and_another_word_is_refused(
    client: httpx.AsyncClient, database: Database
) -> None:
    await completed(client, "A-1")
    first = await client.post("/v1/settlements", json=a_settlement(gross="60.50"))
    before = await counts_of(database, TABLES)

    again = await client.post("/v1/settlements", json=a_settlement(gross="60.50"))
    other = await client.post("/v1/settlements", json=a_settlement(gross="60.51"))
    rest = await client.post("/v1/settlements", json=a_settlement("B-2", "0.00"))

    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert again.json()["settlement"] == first.json()["settlement"]
    assert (other.status_code, kind_of(other)) == (409, "fact-differs")
    assert rest.json()["settlement"]["is_matched"] is True, "nothing is left of that day"
    after = await counts_of(database, TABLES)
    assert after["settlements"] == before["settlements"] + 1


async def test_bill_is_reported_line_by_line(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await completed(client, f"A-{number}")
    rows = [
        {"external_id": "A-0", "amount": "60.50"},
        {"external_id": "A-1", "amount": "60.00"},
        {"external_id": "X-9", "amount": "0.50"},
    ]
    taken = await client.post("/v1/settlements", json=a_settlement(rows=rows))
    path = f"/v1/settlements/{taken.json()['settlement']['settlement_id']}"

    report = (await client.get(path)).json()

    assert report["counts"] == {
        "matched": 1, "differs": 1, "unknown": 1, "missing": 1, "settled_before": 0,
    }  # fmt: skip
    found = {line["external_id"]: (line["billed"], line["expected"]) for line in report["lines"]}
    assert found == {
        "A-0": ("60.50", "60.50"),
        "A-1": ("60.00", "60.50"),
        "A-2": (None, "60.50"),
        "X-9": ("0.50", None),
    }
    assert report["settlement"]["is_matched"] is False
    assert (await summary(client))["orders_expected"] == 1


async def test_batch_takes_each_settlement_and_no_order_twice(
    client: httpx.AsyncClient, database: Database
) -> None:
    await completed(client, "A-1")
    rows = [
        a_settlement("B-1", "60.50"),
        a_settlement("B-2", "60.50"),
        a_settlement("B-3", "1.00", settled="2.00"),
        a_settlement("B-4", store_id="nowhere"),
    ]

    dry = await client.post("/v1/settlements:batch?dry_run=true", json=rows)
    none = await counts_of(database, TABLES)
    done = await client.post("/v1/settlements:batch", json=rows)

    outcomes = done.json()["outcomes"]
    assert [row["outcome"] for row in dry.json()["outcomes"]] == [r["outcome"] for r in outcomes]
    assert none["settlements"] == 0
    assert [row["outcome"] for row in outcomes] == ["created", "created", "rejected", "rejected"]
    assert [row["errors"][0]["code"] for row in outcomes[2:]] == [
        "settlement-invalid", "store-unknown",
    ]  # fmt: skip
    stored = await rows_of(database, "settlements", "external_id")
    assert [row["is_matched"] for row in stored] == [True, False]


async def test_budget_has_what_is_to_come_by_day(client: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    at = [(now - timedelta(days=days)).isoformat() for days in (1, 20)]
    placed = (now - timedelta(days=30)).isoformat()
    told = {
        "placed_at": placed,
        "payments": [a_payment(paid_at=placed)],
        "shipments": [a_shipment(shipped_at=placed)],
    }
    await completed(client, "A-1", completed_at=at[0], **told)
    await completed(client, "A-2", completed_at=at[1], **told)
    await completed(client, "A-3", completed_at=at[0], backfill=True, **told)

    [budget] = (await client.get("/v1/settlements/budget")).json()

    day = (now + timedelta(hours=8, days=6)).date().isoformat()
    assert (budget["overdue"], budget["orders_overdue"]) == ("60.50", 1)
    assert budget["days"] == [{"day": day, "amount": "60.50", "orders": 1}]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"to_day": "2026-11-21"}, "/to_day"),
        ({"from_day": "yesterday"}, "/from_day"),
        ({"settled": "1.00"}, "/settled"),
        ({"gross": 121, "settled": "121.00"}, "/gross"),
        ({"gross": "121.001", "settled": "121.00"}, "/gross"),
        ({"fee": "-1.00"}, "/fee"),
        ({"colour": "red"}, "/colour"),
        ({"rows": [{"external_id": "A", "amount": "x"}]}, "/rows/0/amount"),
    ],
)
async def test_bad_settlement_is_pointed_at(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/settlements", json=a_settlement(**change))

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_foreign_settlements_are_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        taken = await owner.post("/v1/settlements", json=a_settlement(gross="0.00"))
    path = f"/v1/settlements/{taken.json()['settlement']['settlement_id']}"
    async with orders_client(database, stores=["s2"]) as stranger:
        read = await stranger.get(path)
        written = await stranger.post("/v1/settlements", json=a_settlement("B-2"))
        listed = await stranger.get("/v1/settlements/summary")
        asked = await stranger.get("/v1/settlements/budget?stores=s1")
    async with orders_client(database, scopes=["orders:read", "payments:write"]) as clerk:
        refused = await clerk.post("/v1/settlements", json=a_settlement("B-3"))

    assert (read.status_code, kind_of(read)) == (404, "settlement-unknown")
    assert (written.status_code, asked.status_code) == (403, 403)
    assert [row["store_id"] for row in listed.json()] == ["s2"]
    assert (refused.status_code, kind_of(refused)) == (403, "scope-missing")
