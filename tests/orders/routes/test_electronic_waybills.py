"""Waybill numbers at printing: each given once, to the next order."""

import asyncio

import httpx
import pytest

from services.orders.jobs import Measuring
from services.orders.metrics import FEW_WAYBILLS, FREE_WAYBILLS
from shared.db.engine import Database
from tests.support.fulfilment import audited_orders, codes, fill, named, set_store
from tests.support.orders import counts_of, orders_client, payloads_of, rows_of
from tests.support.pdf import pages_of, texts_of
from tests.support.people import kind_of
from tests.support.statements import counted


@pytest.fixture(autouse=True)
async def electronic(client: httpx.AsyncClient, database: Database) -> None:
    await set_store(database)


async def printed(client: httpx.AsyncClient, ids: list[str], query: str = "") -> httpx.Response:
    return await client.post(f"/v1/orders:print{query}", json=named(ids))


async def test_order_takes_the_next_number_and_its_parcel_has_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    first, second = await audited_orders(client, 2)
    await fill(client, "YT1", "YT2", "YT3")

    answer = await printed(client, [first, second])
    again = await printed(client, [second, first])
    sent = await client.post(f"/v1/orders/{second}/shipments", json={"external_id": "p"})
    repeated = await client.post(f"/v1/orders/{second}/shipments", json={"external_id": "p"})

    assert (codes(answer), codes(again)) == (["updated"] * 2, ["unchanged"] * 2)
    told = [each for each in await payloads_of(database) if each.get("waybill")]
    assert [each["waybill"] for each in told] == ["YT1", "YT2", "YT2"]
    assert told[0]["courier"] == "YTO"
    parcel = sent.json()["order"]["shipments"][0]
    assert (sent.status_code, parcel["courier"], parcel["waybill"]) == (201, "YTO", "YT2")
    assert (repeated.status_code, repeated.json()["outcome"]) == (200, "unchanged")
    label = await client.post("/v1/orders:waybills", json={"order_ids": [first]})
    assert "YT1" in texts_of(pages_of(label.content)[0])
    pool = (await client.get("/v1/waybill-numbers")).json()
    assert pool == [{"store_id": "s1", "courier": "YTO", "free": 1, "low": 200}]


async def test_parcels_that_bear_their_numbers_leave_without_naming_them(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await audited_orders(client, 3)
    await fill(client, "YT1", "YT2")
    await printed(client, ids[:2])

    rows = [*named(ids, weight_grams=300), {"order_id": ids[1], "waybill": "YT9"}]
    answer = await client.post("/v1/orders:ship", json=[rows[3], *rows[:3]])

    assert codes(answer) == ["waybill-differs", "updated", "updated", "waybill-missing"]
    assert [row["waybill"] for row in await rows_of(database, "shipments", "waybill")] == [
        "YT1",
        "YT2",
    ]
    [parcel, _] = await rows_of(database, "parcels", "waybill")
    assert (parcel["weight_grams"], parcel["shipped_at"] is not None) == (300, True)


async def test_empty_pool_refuses_the_orders_it_cannot_serve(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await audited_orders(client, 4)
    await fill(client, "YT1")
    rows = [*named(ids[:2]), *named(ids[2:3], waybill="MINE"), *named(ids[3:], courier="EMS")]

    answer = await client.post("/v1/orders:print", json=rows)

    assert codes(answer) == ["updated", "waybills-exhausted", "updated", "updated"]
    one = await client.post(f"/v1/orders/{ids[1]}/printing")
    assert (one.status_code, kind_of(one)) == (409, "waybills-exhausted")
    taken = await rows_of(database, "waybill_numbers", "number")
    assert [(row["number"], row["order_id"]) for row in taken] == [
        ("MINE", ids[2]),
        ("YT1", ids[0]),
    ]


async def test_number_told_with_the_request_belongs_to_one_order(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await audited_orders(client, 4)
    await fill(client, "YT1", "YT2")

    rows = [*named(ids[:1], waybill="YT1"), *named(ids[1:2], waybill="YT1"), *named(ids[2:3])]
    first = await client.post("/v1/orders:print", json=rows)
    late = await client.post(f"/v1/orders/{ids[3]}/printing", json={"waybill": "YT2"})

    assert codes(first) == ["updated", "waybill-taken", "updated"]
    assert (late.status_code, kind_of(late)) == (409, "waybill-taken")
    taken = await rows_of(database, "waybill_numbers", "number")
    assert [row["order_id"] for row in taken] == [ids[0], ids[2]]


async def test_number_is_never_given_twice(client: httpx.AsyncClient, database: Database) -> None:
    ids = await audited_orders(client, 24)
    await fill(client, *(f"YT{number:02}" for number in range(20)))

    answers = await asyncio.gather(*(printed(client, ids[part::6]) for part in range(6)))

    found = [code for answer in answers for code in codes(answer)]
    assert (found.count("updated"), found.count("waybills-exhausted")) == (20, 4)
    parcels = await rows_of(database, "parcels")
    assert sorted(row["waybill"] for row in parcels) == [f"YT{number:02}" for number in range(20)]


async def test_dry_run_takes_no_number(client: httpx.AsyncClient, database: Database) -> None:
    ids = await audited_orders(client, 1)
    await fill(client, "YT1")
    tables = ["event_log", "parcels", "waybill_numbers"]
    before = await counts_of(database, tables)

    answer = await printed(client, ids, "?dry_run=true")

    assert codes(answer) == ["updated"]
    assert await counts_of(database, tables) == before
    assert (await client.get("/v1/waybill-numbers")).json()[0]["free"] == 1


async def test_pool_is_filled_once_and_by_its_store_alone(
    client: httpx.AsyncClient, database: Database
) -> None:
    first = await fill(client, "YT1", "YT2", "YT2", "7.7E+14")
    again = await fill(client, "YT1", "YT3")
    other = await fill(client, "YT1", store_id="s2")
    nobody = await fill(client, "YT9", store_id="s9")
    async with orders_client(database, stores=["s2"]) as stranger:
        await set_store(database, version=3)
        foreign = await fill(stranger, "YT5")
        seen = (await stranger.get("/v1/waybill-numbers")).json()

    assert codes(first) == ["created", "created", "repeated-key", "number_rounded"]
    assert codes(again) == ["unchanged", "created"]
    assert (codes(other), codes(nobody)) == (["waybill-taken"], ["store-unknown"])
    assert (codes(foreign), seen) == (["store-forbidden"], [])
    trail = await rows_of(database, "audit_trail", "id")
    assert [line["after"] for line in trail] == [{"numbers": 2}, {"numbers": 1}]


async def test_level_of_the_pool_is_a_gauge(client: httpx.AsyncClient, database: Database) -> None:
    await set_store(database, version=4, orders_electronic_waybills_low=5)

    await Measuring(database).measure()
    empty = [(s.labels, s.value) for s in next(iter(FREE_WAYBILLS.collect())).samples]
    await fill(client, "YT1")
    await Measuring(database).measure()

    pool = {"store_id": "s1", "courier": "YTO"}
    assert empty == [(pool, 0)]
    assert FREE_WAYBILLS.labels(**pool)._value.get() == 1
    assert FEW_WAYBILLS.labels(**pool)._value.get() == 5


async def test_number_of_statements_does_not_grow_with_the_orders(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await audited_orders(client, 31)
    await fill(client, *(f"YT{number:02}" for number in range(31)))
    counts = []
    for part in (ids[:1], ids[1:]):
        with counted(database) as seen:
            await printed(client, part)
        counts.append(len(seen))

    assert counts[1] <= counts[0] < 27


async def test_order_that_is_printed_anew_keeps_its_number_with_the_same_courier(
    client: httpx.AsyncClient, database: Database
) -> None:
    [order_id] = await audited_orders(client, 1)
    await fill(client, "YT1", "YT2")
    await printed(client, [order_id])
    path = f"/v1/orders/{order_id}"
    numbers = []

    for wishes in ({"delivery_time": "evening"}, {"courier": "SF"}, {"courier": "YTO"}):
        key = {"Idempotency-Key": str(wishes)}
        changed = await client.post(f"{path}/special-requests", json=wishes, headers=key)
        assert changed.status_code in {200, 201}, changed.text
        assert codes(await printed(client, [order_id])) == ["updated"]
        [parcel] = (await client.get(f"{path}/parcels")).json()
        numbers.append((parcel["courier"], parcel["waybill"]))

    assert numbers == [("YTO", "YT1"), ("SF", None), ("YTO", "YT2")]
    told = [each for each in await payloads_of(database) if "previous_status" in each]
    assert [each.get("waybill") for each in told[-3:]] == ["YT1", None, "YT2"]
