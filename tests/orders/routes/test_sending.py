"""Parcels of many orders at once, over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.db.engine import Database
from tests.support.orders import (
    a_payment,
    an_order,
    counts_of,
    orders_client,
    payloads_of,
    rows_of,
    stated,
)
from tests.support.people import kind_of
from tests.support.statements import counted

IMPORT = "/v1/shipments:import?store_id=s1"


async def paid_orders(client: httpx.AsyncClient, count: int) -> list[str]:
    rows = [an_order(f"A-{number}", payments=[a_payment()]) for number in range(count)]
    answer = await client.post("/v1/orders:batch", json=rows)
    return [each["order_id"] for each in answer.json()["outcomes"]]


async def imported(
    client: httpx.AsyncClient,
    *lines: str,
    query: str = "",
    header: str = "订单号,快递公司,运单号,重量",
) -> httpx.Response:
    body = "\n".join([header, *lines]).encode("gbk")
    return await client.post(
        IMPORT + query, content=body, headers={"Content-Type": "text/csv; charset=gbk"}
    )


def codes(answer: httpx.Response) -> list[list[str]]:
    outcomes = answer.json()["outcomes"]
    return [[error["code"] for error in each["errors"]] or [each["outcome"]] for each in outcomes]


async def test_couriers_file_ships_its_orders(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await paid_orders(client, 3)

    answer = await imported(client, "A-0,顺丰,SF1,1.2345", "A-1,圆通,YT1,", "A-2,圆通,YT2,0.5kg")

    assert answer.json()["counts"]["updated"] == 3, answer.text
    first = answer.json()["outcomes"][0]
    assert (first["line"], first["order_number"], first["order_id"]) == (2, "A-0", ids[0])
    assert (await client.get(f"/v1/receipts/orders/{first['receipt']}")).status_code == 200
    shipped = await rows_of(database, "shipments", "waybill")
    assert [(row["courier"], row["waybill"], row["weight_grams"]) for row in shipped] == [
        ("顺丰", "SF1", 1235),
        ("圆通", "YT1", None),
        ("圆通", "YT2", 500),
    ]
    told = (await payloads_of(database))[-3:]
    assert [event["waybill"] for event in told] == ["SF1", "YT1", "YT2"]
    trail = await rows_of(database, "audit_trail", "id")
    assert [line["action"] for line in trail[-3:]] == ["parcel.sent"] * 3


async def test_same_file_again_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    await paid_orders(client, 2)
    lines = ("A-0,顺丰,SF1,1.2", "A-1,顺丰,SF2,2")
    await imported(client, *lines)
    before = await counts_of(database)

    again = await imported(client, *lines)

    assert again.json()["counts"]["unchanged"] == 2
    assert await counts_of(database) == before


LINES = [
    ("A-0,圆通,SF1,", "fact-differs"),
    ("A-1,顺丰,SF1,", "waybill-taken"),
    ("A-1,顺丰,SF2,", "updated"),
    ("A-1,顺丰,SF2,", "repeated-key"),
    ("A-1,顺丰,SF9,", "illegal-move"),
    ("A-2,顺丰,SF2,", "waybill-taken"),
    ("A-3,顺丰,,", "missing"),
    ("A-3,顺丰,7.73E+14,", "number_rounded"),
    ("A-3,顺丰,SF3,heavy", "weight_malformed"),
    ("A-3,顺丰,SF3,0", "greater_than_equal"),
    ("unpaid,顺丰,SF4,", "illegal-move"),
    ("nobody,顺丰,SF5,", "order-unknown"),
    ("A-4,,SF6,", "courier-missing"),
]


async def test_each_line_has_its_outcome(client: httpx.AsyncClient, database: Database) -> None:
    await paid_orders(client, 5)
    await stated(client, external_id="unpaid")
    await imported(client, "A-0,顺丰,SF1,")

    answer = await imported(client, *(line for line, _ in LINES))

    assert codes(answer) == [[code] for _, code in LINES]
    pointers = [
        each["errors"][0]["pointer"] for each in answer.json()["outcomes"] if each["errors"]
    ]
    assert pointers[:2] == ["/courier", "/waybill"]
    assert pointers[-2:] == ["/order_number", "/courier"]
    assert len(await rows_of(database, "shipments")) == 2


async def test_dry_run_and_reject_all_write_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    await paid_orders(client, 1)
    before = await counts_of(database)

    dry = await imported(client, "A-0,顺丰,SF1,", query="&dry_run=true")
    refused = await imported(client, "A-0,顺丰,SF1,", "B,,1,", query="&error_policy=reject_all")

    assert dry.json()["counts"]["updated"] == 1
    assert dry.headers["Dry-Run"] == "true"
    assert refused.status_code == 422
    assert await counts_of(database) == before


async def test_store_of_an_order_is_named_by_the_line_or_the_request(
    database: Database,
) -> None:
    header = "店铺,订单号,运单号"
    async with orders_client(database) as owner:
        await paid_orders(owner, 2)
        by_line = await owner.post(
            "/v1/shipments:import?courier=EMS",
            content=f"{header}\ns1,A-0,E1\n,A-1,E2\ns9,A-1,E3".encode(),
        )
    async with orders_client(database, stores=["s2"]) as stranger:
        foreign = await stranger.post(
            "/v1/shipments:import?courier=EMS", content=f"{header}\ns1,A-1,E4".encode()
        )
        forbidden = await imported(stranger, "A-1,EMS,E5,")

    assert codes(by_line) == [["updated"], ["store-missing"], ["order-unknown"]]
    assert codes(foreign) == [["order-unknown"]]
    assert foreign.json()["outcomes"][0]["order_id"] is None
    assert (forbidden.status_code, kind_of(forbidden)) == (403, "store-forbidden")


@pytest.mark.parametrize(
    ("content", "query", "status", "kind"),
    [
        (b"a,b\n1,2", "", 422, "columns-missing"),
        (b"\xff\xff", "", 400, "encoding-unknown"),
        (b'order,waybill\n"1,2', "", 400, "malformed-csv"),
        (b"order,waybill\n" + b"1,2\n" * 1001, "", 413, "too-many-rows"),
        (b"order,waybill\n1,2", "&kind=x", 400, "bad-parameter"),
    ],
)
async def test_bad_file_is_refused_whole(
    client: httpx.AsyncClient, content: bytes, query: str, status: int, kind: str
) -> None:
    answer = await client.post(IMPORT + query, content=content)

    assert (answer.status_code, kind_of(answer)) == (status, kind), answer.text


async def test_parcels_are_told_as_rows_too(client: httpx.AsyncClient, database: Database) -> None:
    first, second = await paid_orders(client, 2)
    rows: list[dict[str, Any]] = [
        {"order_id": first, "courier": "SF", "waybill": "1", "lines": [part(1, 1)]},
        {"order_id": first, "courier": "SF", "waybill": "2", "weight_grams": 700},
        {"order_id": second, "courier": "SF"},
        {"order_id": second, "courier": "SF", "waybill": "3", "lines": [part(1, 9)]},
        {"order_id": "ord_none", "courier": "SF", "waybill": "4"},
        {"order_id": second, "waybil": "5"},
    ]

    answer = await client.post("/v1/orders:ship", json=rows)

    assert codes(answer) == [
        ["updated"],
        ["updated"],
        ["waybill-missing"],
        ["shipment-exceeds-order"],
        ["order-unknown"],
        ["extra_forbidden"],
    ]
    shown = (await client.get(f"/v1/orders/{first}")).json()
    assert (shown["status"], len(shown["shipments"])) == ("shipped", 2)


def part(line_no: int, quantity: int) -> dict[str, int]:
    return {"line_no": line_no, "quantity": quantity}


async def test_one_waybill_told_twice_at_the_same_time_is_on_one_order(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await paid_orders(client, 6)
    rows = [[{"order_id": each, "courier": "SF", "waybill": "SF1"}] for each in ids]

    answers = await asyncio.gather(*(client.post("/v1/orders:ship", json=row) for row in rows))

    assert sorted(codes(answer)[0][0] for answer in answers) == ["updated"] + ["waybill-taken"] * 5
    assert len(await rows_of(database, "shipments")) == 1


async def test_number_of_statements_does_not_grow_with_the_rows(
    client: httpx.AsyncClient, database: Database
) -> None:
    await paid_orders(client, 21)
    counts = []
    for first, last in ((0, 1), (1, 21)):
        with counted(database) as seen:
            lines = [f"A-{number},SF,SF{number},1" for number in range(first, last)]
            answer = await imported(client, *lines)
        assert answer.json()["counts"]["updated"] == last - first
        counts.append(len(seen))

    assert counts[1] <= counts[0] < 24  # the first one also looks the caller up
