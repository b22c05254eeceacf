"""Notes, flags and urgent marks, over HTTP."""

from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
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

PAID: dict[str, Any] = {"payments": [a_payment()]}


async def note(client: httpx.AsyncClient, path: str, key: str, **body: Any) -> httpx.Response:
    return await client.post(f"{path}/notes", json=body, headers={"Idempotency-Key": key})


async def test_note_is_kept_in_the_stores_format(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)
    plain = await note(client, path, "1", text="周末送货", courier="SF")
    await open_store(
        database, "s1", version=2, settings={**effective({}), "orders.note_format": "[{text}] {x}"}
    )
    await note(client, path, "2", text="礼盒")

    kept = (await client.get(f"{path}/notes")).json()

    staff = (await rows_of(database, "audit_trail", "id"))[-1]["caller"]
    assert plain.status_code == 201
    assert [each["text"] for each in kept] == [f"{staff}+SF+周末送货", "[礼盒] {x}"]
    assert {(each["kind"], each["staff"], each["flag"]) for each in kept} == {("free", staff, None)}
    assert plain.json()["outcome"] == "updated"
    assert await types_of(database) == ["order_placed"], "words alone are no event"


async def test_flag_is_borne_and_told_with_the_one_before(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)

    await note(client, path, "1", text="改地址", flag="red")
    await note(client, path, "2", text="还是红旗", flag="red")
    last = await note(client, path, "3", text="好了", flag="purple")

    told = (await payloads_of(database))[1:]
    assert last.json()["order"]["flag"] == "purple"
    assert [(each["flag"], each["previous_flag"]) for each in told] == [
        ("red", None),
        ("purple", "red"),
    ]
    assert "改地址" not in str(told), "the words stay with the order"
    assert len((await client.get(f"{path}/notes")).json()) == 3


async def test_same_request_again_writes_no_second_note(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)
    first = await note(client, path, "same", text="礼盒", flag="red")
    before = await counts_of(database)

    again = await note(client, path, "same", text="礼盒", flag="red")
    keyless = await client.post(f"{path}/notes", json={"text": "礼盒"})

    assert again.json() == first.json()
    assert await counts_of(database) == before
    assert (keyless.status_code, kind_of(keyless)) == (400, "idempotency-key-missing")
    assert len(await rows_of(database, "order_notes")) == 1


async def test_verified_order_bears_the_flag_and_the_note_of_a_checked_one(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)

    verified = await client.post(f"{path}/verification", json={"courier": "SF"})
    await client.post(f"{path}/verification", json={"courier": "SF"})

    (kept,) = (await client.get(f"{path}/notes")).json()
    assert verified.json()["order"]["flag"] == "purple"
    assert (kept["kind"], kept["flag"]) == ("checked", "purple")
    assert kept["text"].endswith("+SF+准确无误,可以发货")
    assert (await types_of(database))[2:] == ["order_verified", "order_flagged"]


async def test_urgent_order_is_listed_until_it_left(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    unpaid = await stated(client, external_id="A-2")
    why = {"reason": "生日礼物"}

    marked = await client.post(f"{path}/urgent-mark", json=why)
    again = await client.post(f"{path}/urgent-mark", json=why)
    refused = await client.post(f"{unpaid}/urgent-mark", json=why)
    listed = (await client.get("/v1/worklists/orders/urgent")).json()["items"]
    await client.post(f"{path}/shipments", json=a_shipment(external_id="s"))

    told = next(each for each in await payloads_of(database) if "reason" in each)
    assert marked.json()["order"]["urgent_at"] is not None
    assert again.json()["outcome"] == "unchanged"
    assert (refused.status_code, kind_of(refused)) == (409, "illegal-move")
    assert [order["external_id"] for order in listed] == ["A-1"]
    assert (await client.get("/v1/worklists/orders/urgent")).json()["items"] == []
    assert (told["reason"], [line["sku"] for line in told["lines"]]) == ("生日礼物", ["tea", "cup"])
    assert (await types_of(database)).count("order_marked_urgent") == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": "x" * 1001}, "/text"),
        ({"text": "x", "flag": "pink"}, "/flag"),
        ({"text": "x", "colour": "red"}, "/colour"),
    ],
)
async def test_bad_note_is_pointed_at(client: httpx.AsyncClient, body: Any, pointer: str) -> None:
    path = await stated(client)

    answer = await note(client, path, "1", **body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_notes_of_a_foreign_order_are_not_there(database: Database) -> None:
    async with orders_client(database) as owner:
        path = await stated(owner)
    async with orders_client(database, stores=["s2"]) as stranger:
        read = await stranger.get(f"{path}/notes")
        written = await note(stranger, path, "1", text="x")

    assert (read.status_code, written.status_code) == (404, 404)
