"""Refunds of all orders over HTTP: urgent to finance, listed, summed up by day."""

import asyncio
import csv
from io import StringIO
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.cases import Statements
from tests.support.orders import (
    a_payment,
    a_refund,
    a_shipment,
    orders_client,
    payloads_of,
    stated,
    types_of,
)
from tests.support.people import kind_of

PAID: dict[str, Any] = {"payments": [a_payment()]}
WHY = {"reason": "差评威胁"}


async def refunded(client: httpx.AsyncClient, path: str, **values: Any) -> str:
    """Ask for a refund and return its path."""
    body = {"external_id": "r1", "amount": "5.00", **values}
    answer = await client.post(f"{path}/refunds", json=body)
    assert answer.status_code == 201, answer.text
    refund_id = answer.json()["order"]["refunds"][-1]["refund_id"]
    return f"{path}/refunds/{refund_id}"


async def listed(client: httpx.AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"/v1/refunds{query}")
    assert answer.status_code == 200, answer.text
    return [each["order_external_id"] for each in answer.json()["items"]]


async def test_urgent_refund_is_told_of_once(client: httpx.AsyncClient, database: Database) -> None:
    path = await stated(client, **PAID, shipments=[a_shipment()])
    refund = await refunded(client, path, with_return=True, reason_kind="quality")

    answers = await asyncio.gather(
        *(client.post(f"{refund}/urgent-mark", json=WHY) for _ in range(3))
    )
    on_list = (await client.get("/v1/worklists/orders/refunds_urgent")).json()["items"]
    for step in ("approval", "payment"):
        await client.post(f"{refund}/{step}")
    late = await client.post(f"{refund}/urgent-mark", json=WHY)
    unknown = await client.post(f"{path}/refunds/ref_x/urgent-mark", json=WHY)

    assert sorted(each.json()["outcome"] for each in answers) == ["unchanged"] * 2 + ["updated"]
    assert (await types_of(database))[3:] == [
        "refund_requested",
        "refund_marked_urgent",
        "refund_approved",
        "refund_paid",
    ]
    told = (await payloads_of(database))[3:]
    assert [each.get("is_urgent", False) for each in told] == [False, True, True, True]
    assert [each["is_quality_fault"] for each in told] == [True] * 4
    assert [order["external_id"] for order in on_list] == ["A-1"]
    assert (await client.get("/v1/worklists/orders/refunds_urgent")).json()["items"] == []
    assert (late.status_code, late.json()["outcome"]) == (200, "unchanged")
    assert (unknown.status_code, kind_of(unknown)) == (404, "refund-unknown")
    assert (await client.get(f"{path}/notes")).json()[0]["text"] == "差评威胁"


def _after(cursor: str) -> dict[str, str]:
    return {"cursor": cursor} if cursor else {}


async def test_urgent_refunds_stand_first_on_every_page(client: httpx.AsyncClient) -> None:
    paths = {}
    for number, day in enumerate((21, 22, 23, 24)):
        name = f"A-{number}"
        path = await stated(client, external_id=name, **PAID)
        at = f"2026-11-{day}T10:00:00+08:00"
        paths[name] = await refunded(client, path, requested_at=at, with_return=number == 1)
    for name in ("A-3", "A-2"):
        await client.post(f"{paths[name]}/urgent-mark", json=WHY)
    await client.post(f"{paths['A-0']}/rejection")

    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await client.get("/v1/refunds", params={"limit": 1, **_after(cursor)})).json()
        found += [each["order_external_id"] for each in page["items"]]
        cursor = page["next_cursor"]

    assert found == ["A-2", "A-3", "A-0", "A-1"] == await listed(client)
    assert await listed(client, "?urgent=true") == ["A-2", "A-3"]
    assert await listed(client, "?urgent=false&status=requested") == ["A-1"]
    assert await listed(client, "?status=rejected") == ["A-0"]
    assert await listed(client, "?with_return=true&stores=s1") == ["A-1"]
    query = "?since=2026-11-22T02:00:00Z&until=2026-11-23T02:00:00Z"
    assert await listed(client, query) == ["A-1"]
    await client.post(f"{paths['A-2']}/approval")
    assert await listed(client, "?status=approved") == ["A-2"], "urgent until it is paid"
    await client.post(f"{paths['A-2']}/payment")
    assert await listed(client) == ["A-3", "A-0", "A-1", "A-2"]


async def test_list_costs_two_statements_and_shows_whole_refunds(
    client: httpx.AsyncClient, database: Database
) -> None:
    line = {"line_no": 1, "quantity": 1, "amount": "5.00"}
    for number in range(3):
        path = await stated(client, external_id=f"A-{number}", **PAID)
        await refunded(client, path, lines=[line])

    with Statements(database, "refund") as sent:
        items = (await client.get("/v1/refunds")).json()["items"]

    assert sent.count == 2
    assert [each["lines"] for each in items] == [[line]] * 3
    assert {(each["store_id"], each["currency"], each["status"]) for each in items} == {
        ("s1", "CNY", "requested")
    }


async def test_foreign_refunds_are_not_listed(
    client: httpx.AsyncClient, database: Database
) -> None:
    refund = await refunded(client, await stated(client, **PAID))
    async with orders_client(database, stores=["s2"]) as stranger:
        answers = [
            await stranger.post(f"{refund}/urgent-mark", json=WHY),
            await stranger.get("/v1/refunds?stores=s1"),
            await stranger.get("/v1/refunds/summary?from=2026-11-20&to=2026-11-21&stores=s1"),
        ]
        own = await listed(stranger)

    assert [answer.status_code for answer in answers] == [404, 403, 403]
    assert own == []


async def a_week(client: httpx.AsyncClient, database: Database) -> None:
    """Refunds around the midnights of a store whose day starts at six, and of a yen store."""
    await open_store(database, "s1", version=2, day_start=6)
    dates = {
        "requested_at": "2026-11-22T05:59:59+08:00",
        "approved_at": "2026-11-22T06:00:00+08:00",
    }
    refunds = [
        a_refund("10.10", external_id="a", **dates, paid_at="2026-11-23T05:59:00+08:00"),
        a_refund("0.05", external_id="b", **dates, paid_at="2026-11-23T06:00:00+08:00"),
        a_refund("20.00", external_id="c", with_return=True, **dates),
    ]
    await stated(client, **PAID, refunds=refunds)
    path = await stated(client, external_id="A-2", **PAID)
    refund = await refunded(client, path, requested_at="2026-11-22T12:00:00+08:00")
    await client.post(f"{refund}/rejection", json={"at": "2026-11-22T13:00:00+08:00"})
    lines = [{"sku": "x", "quantity": 1, "unit_price": "300"}]
    await stated(
        client, store_id="s2", external_id="J-1", lines=lines, postage="0", discount="0",
        payments=[a_payment("300")],
        refunds=[a_refund("250", requested_at="2026-11-22T10:00:00+09:00")],
    )  # fmt: skip


SUMMARY = "/v1/refunds/summary?from=2026-11-21&to=2026-11-23"


async def test_summary_is_by_the_stores_own_day_to_the_cent(
    client: httpx.AsyncClient, database: Database
) -> None:
    await a_week(client, database)

    with Statements(database, "refunds") as sent:
        days = (await client.get(f"{SUMMARY}&stores=s1")).json()

    shown = {
        (each["day"][8:], each["kind"], step): (each[step]["count"], each[step]["amount"])
        for each in days
        for step in ("requested", "approved", "rejected", "paid")
        if each[step]["count"]
    }
    assert sent.count == 1
    assert len(days) == 6
    assert shown == {
        ("21", "refund_only", "requested"): (2, "10.15"),
        ("21", "with_return", "requested"): (1, "20.00"),
        ("22", "refund_only", "approved"): (2, "10.15"),
        ("22", "with_return", "approved"): (1, "20.00"),
        ("22", "refund_only", "requested"): (1, "5.00"),
        ("22", "refund_only", "rejected"): (1, "5.00"),
        ("22", "refund_only", "paid"): (1, "10.10"),
        ("23", "refund_only", "paid"): (1, "0.05"),
    }


async def test_summary_comes_as_a_file_too(client: httpx.AsyncClient, database: Database) -> None:
    await a_week(client, database)
    days = (await client.get(SUMMARY)).json()

    asked = await client.get(f"{SUMMARY}&format=csv")
    accepted = await client.get(SUMMARY, headers={"Accept": "text/csv"})

    rows = list(csv.DictReader(StringIO(asked.text)))
    assert asked.text == accepted.text
    assert asked.headers["content-type"] == "text/csv; charset=utf-8"
    assert int(rows[0]["requested_count"]) == days[0]["requested"]["count"] == 2
    assert len(rows) == len(days) == 12
    [yen] = [row for row in rows if (row["store_id"], row["requested_count"]) == ("s2", "1")]
    assert (yen["day"], yen["currency"], yen["requested_amount"]) == ("2026-11-22", "JPY", "250")


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("from=2026-11-23&to=2026-11-21", 422, "period-invalid"),
        ("from=2025-01-01&to=2026-11-21", 422, "period-invalid"),
        ("from=2026-11-21", 400, "bad-parameter"),
        ("from=2026-11-21&to=x", 400, "bad-parameter"),
        ("from=2026-11-21&to=2026-11-22&format=xml", 400, "bad-parameter"),
        ("from=2026-11-21&to=2026-11-22&more=1", 400, "bad-parameter"),
    ],
)
async def test_bad_period_is_refused(
    client: httpx.AsyncClient, query: str, status: int, kind: str
) -> None:
    answer = await client.get(f"/v1/refunds/summary?{query}")

    assert (answer.status_code, kind_of(answer)) == (status, kind)


@pytest.mark.parametrize(("shipments", "unshipped"), [([], 2), ([a_shipment()], 0)])
async def test_refund_tells_what_of_it_has_not_left(
    client: httpx.AsyncClient, database: Database, shipments: list[Any], unshipped: int
) -> None:
    path = await stated(client, **PAID, shipments=shipments)

    lines = [{"line_no": 1, "quantity": 2, "amount": "50.50"}]
    await refunded(client, path, amount="50.50", lines=lines)

    [line] = (await payloads_of(database))[-1]["lines"]
    assert line["unshipped_quantity"] == unshipped
