"""Orders that are over go into the archive once, when nothing of them is open."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.orders.jobs import CLOCKS
from services.orders.usecases import archiving
from shared.db.engine import Database
from shared.jobs import run_if_due
from tests.support.orders import (
    a_payment,
    a_refund,
    a_shipment,
    orders_client,
    rows_of,
    stated,
    types_of,
)
from tests.support.people import kind_of


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


async def an_ended(client: httpx.AsyncClient, external_id: str, days: float, **values: Any) -> str:
    told = {
        "placed_at": ago(days + 9),
        "payments": [a_payment(paid_at=ago(days + 9))],
        "shipments": [a_shipment(shipped_at=ago(days + 8))],
        "completed_at": ago(days),
    }
    return await stated(client, external_id=external_id, **{**told, **values})


async def archived(database: Database) -> list[str]:
    rows = await rows_of(database, "orders", "external_id")
    return [row["external_id"] for row in rows if row["archived_at"] is not None]


async def test_clock_files_what_is_ripe_once(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.orders.jobs.FILED_AT_ONCE", 1)
    monkeypatch.setattr(archiving, "MOST", 1)
    await an_ended(client, "A-ripe", 181)
    await an_ended(client, "A-young", 179)
    refund = a_refund("1.00", requested_at=ago(185))
    await an_ended(client, "A-refund", 181, refunds=[refund])
    await an_ended(client, "A-history", 181, backfill=True)
    asked = await an_ended(client, "A-invoice", 181)
    await client.post(f"{asked}/invoices", json={}, headers={"Idempotency-Key": "1"})
    disputed = await an_ended(client, "A-dispute", 181)
    told = {"kind": "not_as_described", "amount": "5.00", "external_id": "D"}
    dispute = await client.post(f"{disputed}/disputes", json=told)
    assert dispute.status_code == 201, dispute.text
    await stated(client, external_id="A-void", placed_at=ago(200), cancelled_at=ago(190))
    clock = next(clock for clock in CLOCKS if clock.name == "archive_orders")

    ran = await asyncio.gather(*(run_if_due(database, clock) for _ in range(3)))
    async with database.transaction() as session:
        again = await archiving.archive_ripe(session)

    assert (sum(ran), again) == (1, 0)
    assert await archived(database) == ["A-ripe", "A-void"]
    assert (await types_of(database)).count("order_archived") == 2
    trail = [row for row in await rows_of(database, "audit_trail") if "archived" in row["action"]]
    assert {row["caller"] for row in trail} == {"clock"}
    lines = await rows_of(database, "order_lines")
    assert sum(row["shelf"].startswith("archived ") for row in lines) == 4


async def test_order_is_filed_by_hand_and_found_by_its_number(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await an_ended(client, "A-1", 1)

    filed = await client.post(f"{path}/archiving")
    again = await client.post(f"{path}/archiving")
    listed = (await client.get("/v1/orders")).json()["items"]
    found = (await client.get("/v1/orders?number=A-1")).json()["items"]

    assert filed.status_code == 200, filed.text
    assert filed.json()["order"]["archived_at"] is not None
    assert filed.json()["order"]["status"] == "completed"
    assert again.json()["outcome"] == "unchanged"
    assert (listed, [item["external_id"] for item in found]) == ([], ["A-1"])
    assert (await types_of(database)).count("order_archived") == 1


async def test_open_or_foreign_order_is_not_filed(database: Database) -> None:
    async with orders_client(database) as owner:
        paths = [
            await stated(owner, external_id="A-1", payments=[a_payment()]),
            await an_ended(owner, "A-2", 5, refunds=[a_refund("1.00", requested_at=ago(5))]),
            await an_ended(owner, "A-3", 5),
        ]
        await owner.post(f"{paths[2]}/invoices", json={}, headers={"Idempotency-Key": "1"})
        refused = [await owner.post(f"{path}/archiving") for path in paths]
    async with orders_client(database, stores=["s2"]) as stranger:
        foreign = await stranger.post(f"{paths[0]}/archiving")

    assert {(answer.status_code, kind_of(answer)) for answer in refused} == {(409, "order-open")}
    assert foreign.status_code == 404
    assert await archived(database) == []
