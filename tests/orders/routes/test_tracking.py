"""Couriers' reports over HTTP, and parcels that stall."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.orders.jobs import CLOCKS
from services.orders.usecases.tracking import tell_stalled
from shared.db.engine import Database
from shared.jobs import run_if_due
from tests.support.fulfilment import codes, set_store
from tests.support.orders import (
    a_payment,
    a_shipment,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
    types_of,
)
from tests.support.statements import counted

TABLES = ("tracking_moves", "event_log", "audit_trail", "order_receipts")


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def a_report(state: str, hours: float, waybill: str = "SF1", **values: Any) -> dict[str, Any]:
    return {"courier": "SF", "waybill": waybill, "state": state, "at": ago(hours), **values}


async def report(client: httpx.AsyncClient, *rows: Any, query: str = "") -> httpx.Response:
    return await client.post(f"/v1/tracking:batch{query}", json=rows)


async def shipped(
    client: httpx.AsyncClient, waybill: str = "SF1", hours: float = 90, **values: Any
) -> str:
    told = {
        "external_id": waybill,
        "placed_at": ago(hours + 2),
        "payments": [a_payment(paid_at=ago(hours + 1))],
        "shipments": [a_shipment(waybill=waybill, shipped_at=ago(hours))],
        **values,
    }
    return await stated(client, **told)


async def test_reports_move_the_parcel_and_its_order(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await shipped(client)
    rows = [a_report("in_transit", 70, place="杭州", text="已发往上海"), a_report("collected", 80)]

    first = await report(client, *rows)
    again = await report(client, *rows)
    shown = (await client.get(path)).json()
    last = await report(client, a_report("delivered", 5), a_report("in_transit", 60))

    assert (codes(first), codes(again)) == (["updated"] * 2, ["unchanged"] * 2)
    assert (shown["status"], shown["shipments"][0]["tracking_state"]) == ("in_transit",) * 2
    assert shown["in_transit_at"].startswith(rows[1]["at"][:19])
    assert codes(last) == ["updated", "updated"]
    assert (await types_of(database))[3:] == [
        "tracking_moved",
        "tracking_moved",
        "tracking_moved",
        "order_delivered",
    ]
    told = [each["state"] for each in await payloads_of(database) if "state" in each]
    assert told == ["collected", "in_transit", "delivered"]
    assert (await client.get(path)).json()["status"] == "delivered"
    listed = (await client.get(f"{path}/tracking")).json()
    assert [each["state"] for each in listed] == [
        "collected",
        "in_transit",
        "in_transit",
        "delivered",
    ]
    assert (listed[1]["place"], listed[1]["text"]) == ("杭州", "已发往上海")


async def test_each_report_has_its_outcome(client: httpx.AsyncClient, database: Database) -> None:
    await shipped(client)
    await report(client, a_report("out_for_delivery", 10))
    late = a_report("collected", 80)
    rows = [
        late,
        late,
        a_report("collected", 80, "SF9"),
        {**a_report("delivered", 1), "courier": "YTO"},
        a_report("lost", 1),
        {**a_report("delivered", 1), "at": "2026-11-23T10:00:00"},
        a_report("delivered", -30),
        "delivered",
    ]

    answer = await report(client, *rows)

    assert codes(answer) == [
        "stale",
        "repeated-key",
        "waybill-unknown",
        "waybill-unknown",
        "literal_error",
        "time_naive",
        "time_in_future",
        "model_type",
    ]
    shown = await rows_of(database, "shipments")
    assert shown[0]["tracking_state"] == "out_for_delivery"


async def test_shared_waybill_moves_all_its_orders(client: httpx.AsyncClient) -> None:
    paths = [await shipped(client), await shipped(client, external_id="other")]

    await report(client, a_report("delivered", 1))

    assert [(await client.get(path)).json()["status"] for path in paths] == ["delivered"] * 2


async def test_foreign_parcels_are_not_known_and_dry_runs_write_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await shipped(client)
    before = await counts_of(database, TABLES)

    dry = await report(client, a_report("delivered", 1), query="?dry_run=true")
    async with orders_client(database, stores=["s2"]) as stranger:
        foreign = await report(stranger, a_report("delivered", 1))
        listed = await stranger.get(f"{path}/tracking")

    assert (codes(dry), codes(foreign)) == (["updated"], ["waybill-unknown"])
    assert listed.status_code == 404
    assert await counts_of(database, TABLES) == before


async def test_same_reports_at_the_same_time_are_told_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    await shipped(client)
    rows = [a_report("collected", 50), a_report("in_transit", 40), a_report("delivered", 2)]

    answers = await asyncio.gather(*(report(client, *rows) for _ in range(5)))

    found = sorted(code for answer in answers for code in codes(answer))
    assert found == ["unchanged"] * 12 + ["updated"] * 3
    assert (await types_of(database)).count("tracking_moved") == 3
    assert (await types_of(database)).count("order_delivered") == 1


async def test_number_of_statements_does_not_grow_with_the_reports(
    client: httpx.AsyncClient, database: Database
) -> None:
    for number in range(8):
        await shipped(client, f"SF{number}")
    counts = []
    for numbers in (range(1), range(1, 8)):
        with counted(database) as seen:
            rows = [a_report("collected", 50, f"SF{number}") for number in numbers]
            assert set(codes(await report(client, *rows))) == {"updated"}
        counts.append(len(seen))

    assert counts[1] <= counts[0] < 24


async def on_list(client: httpx.AsyncClient) -> list[str]:
    answer = await client.get("/v1/worklists/orders/tracking_stalled")
    return [order["external_id"] for order in answer.json()["items"]]


async def stalls_told(database: Database) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        await tell_stalled(session)
    return [each for each in await payloads_of(database) if "moved_at" in each]


async def test_parcel_that_does_not_move_is_told_of_once_per_stall(
    client: httpx.AsyncClient, database: Database
) -> None:
    await shipped(client, "SF1", hours=90)
    await shipped(client, "SF2", hours=47)
    await shipped(client, "SF3", hours=90, delivered_at=ago(1))
    await shipped(client, "SF4", hours=90, backfill=True)
    listed = await on_list(client)
    first = await stalls_told(database)
    again = await stalls_told(database)

    await report(client, a_report("in_transit", 60))
    still = await on_list(client)
    second = await stalls_told(database)
    await report(client, a_report("in_transit", 1))

    assert (listed, still) == (["SF1"], ["SF1"])
    assert (len(first), len(again), len(second)) == (1, 1, 2)
    due = datetime.fromisoformat(first[0]["moved_at"]) + timedelta(days=2)
    assert datetime.fromisoformat(first[0]["occurred_at"]) == due
    assert await on_list(client) == []
    assert len(await stalls_told(database)) == 2


async def test_days_are_the_stores_own_and_one_clock_tells(
    client: httpx.AsyncClient, database: Database
) -> None:
    await shipped(client, "SF1", hours=90)
    await set_store(database, orders_tracking_stalled_days=4)
    before = await on_list(client)
    await set_store(database, version=3, orders_tracking_stalled_days=3)
    [clock] = [clock for clock in CLOCKS if clock.name == "tell_stalled"]

    ran = await asyncio.gather(*(run_if_due(database, clock) for _ in range(3)))

    assert (before, await on_list(client), sum(ran)) == ([], ["SF1"], 1)
    assert (await types_of(database)).count("tracking_stalled") == 1


@pytest.mark.parametrize("body", [b"{", b'{"a": 1}'])
async def test_bad_body_is_refused_whole(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/tracking:batch", content=body)

    assert answer.status_code in {400, 422}
