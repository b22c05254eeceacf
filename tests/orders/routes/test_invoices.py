"""Invoices, over HTTP."""

from typing import Any

import httpx
import pytest

from services.orders.jobs import Measuring
from services.orders.metrics import WAITING_INVOICES
from shared.db.engine import Database
from tests.support.orders import (
    a_payment,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
    types_of,
)
from tests.support.people import kind_of

COMPANY = {"kind": "company", "title": "杭州茶叶有限公司", "tax_number": "91330100MA27XXXX"}
TABLES = ("invoices", "event_log", "audit_trail", "order_receipts")


async def ask(client: httpx.AsyncClient, path: str, key: str = "1", **body: Any) -> httpx.Response:
    return await client.post(f"{path}/invoices", json=body, headers={"Idempotency-Key": key})


def path_to(answer: httpx.Response) -> str:
    invoice = answer.json()["invoice"]
    return f"/v1/orders/{invoice['order_id']}/invoices/{invoice['invoice_id']}"


async def test_invoice_is_asked_for_and_written(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, payments=[a_payment()])

    asked = await ask(client, path, **COMPANY)
    again = await ask(client, path, **COMPANY)
    issued = await client.post(f"{path_to(asked)}/issue", json={"number": "No.7"})
    repeated = await client.post(f"{path_to(asked)}/issue", json={"number": "No.7"})
    second = await ask(client, path, "2", **COMPANY)

    assert asked.status_code == 201, asked.text
    assert again.json() == asked.json()
    assert (asked.json()["invoice"]["amount"], asked.json()["invoice"]["state"]) == (
        "60.50", "requested",
    )  # fmt: skip
    assert issued.json()["invoice"]["state"] == "issued"
    assert (repeated.status_code, repeated.json()["outcome"]) == (200, "unchanged")
    assert (second.status_code, kind_of(second)) == (409, "nothing-to-invoice")
    assert (await types_of(database))[2:] == ["invoice_requested", "invoice_issued"]
    told = (await payloads_of(database))[2:]
    assert [event["amount_minor"] for event in told] == [6050, 6050]
    assert told[1]["requested_at"] == told[0]["occurred_at"]
    actions = [row["action"] for row in await rows_of(database, "audit_trail", "id")]
    assert actions[-2:] == ["invoice.requested", "invoice.issued"]
    everything = str([await rows_of(database, table) for table in TABLES])
    assert COMPANY["title"] not in everything
    assert COMPANY["tax_number"] not in everything


async def test_unclear_request_waits_for_finance(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, payments=[a_payment()])
    asked = await ask(client, path, kind="company", title="杭州茶叶有限公司")

    refused = await client.post(f"{path_to(asked)}/issue", json={"number": "No.7"})
    queue = (await client.get("/v1/worklists/invoices?is_unclear=true")).json()["items"]
    await Measuring(database).measure()
    gauged = WAITING_INVOICES.labels("unclear", "s1")._value.get()
    cleared = await client.post(f"{path_to(asked)}/clearing", json={"tax_number": "9133"})
    after = (await client.get("/v1/worklists/invoices?is_unclear=true")).json()["items"]
    issued = await client.post(f"{path_to(asked)}/issue", json={"number": "No.7"})

    assert asked.json()["invoice"]["doubt"] == "tax_number_missing"
    assert (await payloads_of(database))[2]["is_unclear"] is True
    assert (refused.status_code, kind_of(refused)) == (409, "invoice-unclear")
    assert [each["title"] for each in queue] == ["杭州茶叶有限公司"]
    assert gauged == 1
    assert (cleared.json()["invoice"]["state"], after) == ("requested", [])
    assert issued.status_code == 200


async def test_withdrawn_request_frees_its_amount(client: httpx.AsyncClient) -> None:
    path = await stated(client, payments=[a_payment()])
    first = await ask(client, path, amount="60.00")
    second = await ask(client, path, "2", amount="1.00")

    await client.post(f"{path_to(first)}/withdrawal")
    again = await client.post(f"{path_to(first)}/withdrawal")
    closed = await client.post(f"{path_to(first)}/issue", json={"number": "No.1"})
    cleared = await client.post(f"{path_to(second)}/clearing", json={})

    listed = (await client.get(f"{path}/invoices")).json()
    assert second.json()["invoice"]["doubt"] == "amount_above_paid"
    assert again.json()["outcome"] == "unchanged"
    assert (closed.status_code, kind_of(closed)) == (409, "invoice-closed")
    assert cleared.json()["invoice"]["state"] == "requested"
    assert [each["state"] for each in listed] == ["withdrawn", "requested"]


async def test_refund_leaves_less_to_be_invoiced(client: httpx.AsyncClient) -> None:
    path = await stated(client, payments=[a_payment()])
    asked = await ask(client, path)
    refund = await client.post(f"{path}/refunds", json={"external_id": "R", "amount": "0.50"})
    refund_id = refund.json()["order"]["refunds"][0]["refund_id"]
    for step in ("approval", "payment"):
        await client.post(f"{path}/refunds/{refund_id}/{step}")

    issued = await client.post(f"{path_to(asked)}/issue", json={"number": "No.7"})

    assert (issued.status_code, kind_of(issued)) == (409, "invoice-exceeds-paid")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "gift"}, "/kind"),
        ({"amount": "0"}, "/amount"),
        ({"amount": "1.001"}, "/amount"),
        ({"title": " "}, "/title"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_bad_request_is_pointed_at(
    client: httpx.AsyncClient, database: Database, body: dict[str, Any], pointer: str
) -> None:
    path = await stated(client, payments=[a_payment()])
    before = await counts_of(database, TABLES)

    answer = await ask(client, path, **body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await counts_of(database, TABLES) == before


async def test_invoices_are_shown_and_changed_by_whom_it_concerns(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner, payments=[a_payment()])
        asked = await ask(owner, path, **COMPANY)
        keyless = await owner.post(f"{path}/invoices", json=COMPANY)
        unknown = await owner.post(f"{path}/invoices/inv_1/withdrawal")
    async with orders_client(database, stores=["s2"]) as stranger:
        foreign = await ask(stranger, path, **COMPANY)
        hidden = await stranger.get(f"{path}/invoices")
        queue = await stranger.get("/v1/worklists/invoices")
    async with orders_client(database, scopes=["orders:read", "orders:amend"]) as agent:
        masked = (await agent.get("/v1/worklists/invoices")).json()["items"]
        refused = await agent.post(f"{path_to(asked)}/issue", json={"number": "No.7"})

    assert (keyless.status_code, kind_of(keyless)) == (400, "idempotency-key-missing")
    assert (unknown.status_code, kind_of(unknown)) == (404, "invoice-unknown")
    assert (foreign.status_code, hidden.status_code) == (404, 404)
    assert queue.json()["items"] == []
    assert [(each["title"], each["tax_number"]) for each in masked] == [("杭**", "9**")]
    assert (refused.status_code, kind_of(refused)) == (403, "scope-missing")
