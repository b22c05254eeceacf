"""The register of wrong shipments, over HTTP."""

from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.cases import Statements, keyed
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
from tests.support.people import kind_of, pointers

PAID: dict[str, Any] = {"payments": [a_payment()]}
SHIPPED: dict[str, Any] = {**PAID, "shipments": [a_shipment()]}
ENTRY: dict[str, Any] = {
    "kind": "wrong_sku",
    "shipped": [{"line_no": 1, "sku": "mug", "quantity": 2}],
    "cause": "shelf labels",
    "solution": "补发正确商品",
    "responsible_staff": "W006",
    "cost": "12.00",
}


async def registered(client: httpx.AsyncClient, path: str, **values: Any) -> dict[str, Any]:
    answer = await keyed(client, f"{path}/wrong-shipments", **{**ENTRY, **values})
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()["entry"]
    return entry


async def test_wrong_shipment_names_its_person_and_solution(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **SHIPPED)
    shipment_id = (await client.get(path)).json()["shipments"][0]["shipment_id"]

    entry = await registered(client, path, shipment_id=shipment_id)

    told = (await payloads_of(database))[-1]
    assert (await types_of(database))[-1] == "wrong_shipment_registered"
    assert told["shipped"] == [{"line_no": 1, "sku": "mug", "quantity": 2}]
    assert (told["responsible_staff"], told["cost_minor"]) == ("W006", 1200)
    assert told["shipment_id"] == shipment_id
    assert (entry["cause"], entry["cost"]) == ("shelf labels", "12.00")
    line = (await rows_of(database, "audit_trail", "id"))[-1]
    assert (line["action"], line["subject"]) == ("wrong_shipment.registered", entry["register_id"])
    assert (await client.get(f"/v1/wrong-shipments/{entry['register_id']}")).json() == entry
    assert (await client.get(f"{path}/wrong-shipments")).json() == [entry]


async def test_entries_are_found_by_person_and_period(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **SHIPPED)
    for staff, day in (("W1", "21"), ("W2", "22"), ("W1", "23")):
        await registered(client, path, responsible_staff=staff, at=f"2026-11-{day}T10:00:00+08:00")

    async def found(query: str) -> list[str]:
        items = (await client.get(f"/v1/wrong-shipments?{query}")).json()["items"]
        return [each["registered_at"][8:10] for each in items]

    with Statements(database, "wrong_shipments", "registry_stores") as sent:
        everything = await found("limit=500")

    assert (everything, sent.count) == (["21", "22", "23"], 2)
    assert await found("responsible_staff=W1") == ["21", "23"]
    assert await found("since=2026-11-22T02:00:00Z&until=2026-11-23T02:00:00Z") == ["22"]
    assert await found("kind=short") == []


async def test_summary_counts_by_person_and_kind_over_the_stores_own_days(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **SHIPPED)
    for staff, kind, at in (
        ("W1", "wrong_sku", "2026-11-21T00:00:00+08:00"),
        ("W1", "wrong_sku", "2026-11-22T23:59:59+08:00"),
        ("W1", "short", "2026-11-22T10:00:00+08:00"),
        ("W2", "wrong_sku", "2026-11-22T10:00:00+08:00"),
        ("W2", "wrong_sku", "2026-11-20T23:59:59+08:00"),
        ("W2", "wrong_sku", "2026-11-23T00:00:00+08:00"),
    ):
        await registered(client, path, responsible_staff=staff, kind=kind, at=at)
    query = "/v1/wrong-shipments/summary?from=2026-11-21&to=2026-11-22"

    with Statements(database, "wrong_shipments") as sent:
        counts = (await client.get(query)).json()

    assert sent.count == 1
    assert [
        (each["responsible_staff"], each["kind"], each["entries"], each["cost"]) for each in counts
    ] == [
        ("W1", "wrong_sku", 2, "24.00"),
        ("W1", "short", 1, "12.00"),
        ("W2", "wrong_sku", 1, "12.00"),
    ]
    backwards = await client.get("/v1/wrong-shipments/summary?from=2026-11-22&to=2026-11-21")
    assert (backwards.status_code, kind_of(backwards)) == (422, "period-invalid")
    assert (await client.get("/v1/wrong-shipments/summary?from=x&to=2026-11-21")).status_code == 400


async def test_same_request_again_registers_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = f"{await stated(client, **SHIPPED)}/wrong-shipments"
    headers = {"Idempotency-Key": "same"}
    first, again = [await client.post(path, json=ENTRY, headers=headers) for _ in range(2)]

    assert again.json() == first.json()
    assert (await client.post(path, json=ENTRY)).status_code == 400
    assert await counts_of(database, ("wrong_shipments",)) == {"wrong_shipments": 1}


async def test_what_did_not_leave_was_not_sent_wrong(client: httpx.AsyncClient) -> None:
    path = await stated(client, **PAID)

    refused = await keyed(client, f"{path}/wrong-shipments", **ENTRY)

    assert (refused.status_code, kind_of(refused)) == (409, "nothing-shipped")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "odd"}, "/kind"),
        ({"shipped": []}, ""),
        ({"shipped": [{"line_no": 7, "quantity": 1}]}, "/shipped/0/line_no"),
        ({"shipped": [{"line_no": 1, "quantity": 1}] * 2}, "/shipped/1/line_no"),
        ({"shipped": [{"line_no": 1, "quantity": -1}]}, "/shipped/0/quantity"),
        ({"shipment_id": "shp_x"}, "/shipment_id"),
        ({"responsible_staff": ""}, "/responsible_staff"),
        ({"solution": ""}, "/solution"),
        ({"cost": "0.001"}, "/cost"),
    ],
)
async def test_bad_entry_is_pointed_at(client: httpx.AsyncClient, body: Any, pointer: str) -> None:
    path = await stated(client, **SHIPPED)

    answer = await keyed(client, f"{path}/wrong-shipments", **{**ENTRY, **body})

    assert (answer.status_code, pointers(answer)) == (422, [pointer]), answer.text


async def test_foreign_entry_is_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner, **SHIPPED)
        entry = await registered(owner, path)
    async with orders_client(database, stores=["s2"]) as stranger:
        answers = [
            await keyed(stranger, f"{path}/wrong-shipments", **ENTRY),
            await stranger.get(f"{path}/wrong-shipments"),
            await stranger.get(f"/v1/wrong-shipments/{entry['register_id']}"),
        ]
        summary = await stranger.get("/v1/wrong-shipments/summary?from=2026-01-01&to=2026-12-31")
        foreign = await stranger.get(
            "/v1/wrong-shipments/summary?from=2026-01-01&to=2026-01-31&stores=s1"
        )

    assert [answer.status_code for answer in answers] == [404] * 3
    assert (summary.json(), foreign.status_code) == ([], 403)
