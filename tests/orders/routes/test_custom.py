"""Custom-made goods, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from shared.db.engine import Database
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
from tests.support.people import kind_of

TABLES = ("custom_works", "event_log", "audit_trail", "order_receipts")


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0).isoformat()


def an_agreement(**values: Any) -> dict[str, Any]:
    return {"specification": "刻字：王", "deliver_by": in_days(9), "lines": [1], **values}


async def test_agreement_goes_to_the_supplier_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, payments=[a_payment()])
    body = an_agreement(supplier_id="SUP-1")

    first = await client.post(f"{path}/custom-work", json=body)
    before = await counts_of(database, TABLES)
    again = await client.post(f"{path}/custom-work", json=body)

    told = (await payloads_of(database))[-1]
    work = first.json()["custom_work"]
    assert first.status_code == 201, first.text
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert await counts_of(database, TABLES) == before
    assert (await types_of(database))[-1] == "custom_made_agreed"
    assert told["specification_id"] == work["specification_id"]
    assert ([line["sku"] for line in told["lines"]], told["supplier_id"]) == (["tea"], "SUP-1")
    assert "刻字" not in str(told), "the words stay with the order"
    assert (await rows_of(database, "audit_trail", "id"))[-1]["action"] == "custom_work.agreed"


async def test_later_agreement_replaces_one_on_the_same_lines(client: httpx.AsyncClient) -> None:
    path = await stated(client, payments=[a_payment()])
    for words, lines in (("a", [1]), ("b", [2]), ("c", [])):
        body = an_agreement(specification=words, lines=lines)
        await client.post(f"{path}/custom-work", json=body)

    listed = (await client.get(f"{path}/custom-work")).json()

    assert [(each["specification"], each["lines"]) for each in listed] == [("c", [1, 2])]


async def test_overdue_work_is_listed_until_it_left(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, payments=[a_payment()])
    await client.post(f"{path}/custom-work", json=an_agreement())

    async def listed() -> list[str]:
        items = (await client.get("/v1/worklists/orders/custom_overdue")).json()["items"]
        return [item["external_id"] for item in items]

    before = await listed()
    async with database.transaction() as session:
        await session.execute(text("UPDATE custom_works SET deliver_by = now()"))
    overdue = await listed()
    await client.post(f"{path}/shipments", json=a_shipment(external_id="s"))

    assert (before, overdue, await listed()) == ([], ["A-1"], [])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"lines": [9]}, "/lines/0"),
        ({"lines": [1, 1]}, "/lines/1"),
        ({"lines": [0]}, "/lines/0"),
        ({"specification": ""}, "/specification"),
        ({"deliver_by": "2026-01-01T00:00:00Z"}, "/deliver_by"),
        ({"deliver_by": "soon"}, "/deliver_by"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_bad_agreement_is_pointed_at(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    path = await stated(client, payments=[a_payment()])

    answer = await client.post(f"{path}/custom-work", json=an_agreement(**change))

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_what_left_or_is_foreign_is_not_agreed_on(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner, payments=[a_payment()], shipments=[a_shipment()])
        late = await owner.post(f"{path}/custom-work", json=an_agreement())
    async with orders_client(database, stores=["s2"]) as stranger:
        foreign = await stranger.post(f"{path}/custom-work", json=an_agreement())
        hidden = await stranger.get(f"{path}/custom-work")

    assert (late.status_code, kind_of(late)) == (409, "illegal-move")
    assert (foreign.status_code, hidden.status_code) == (404, 404)
