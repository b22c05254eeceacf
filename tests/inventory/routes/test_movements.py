"""Movements enter the ledger once, and levels follow from it at any time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db.engine import Database
from tests.support.applications import a_token, open_store
from tests.support.orders import counts_of, payloads_of, types_of
from tests.support.statements import counted
from tests.support.stock import a_movement, know, level_of, move, rows_sent, stocked

PATH = "/v1/movements:batch"
TABLES = ("stock_movements", "stock_balances", "event_log")


async def test_received_goods_are_in_stock(client: httpx.AsyncClient, database: Database) -> None:
    await know(client, "tea")

    outcome = await move(client, unit_cost="2.50", reference="PO-1")

    level = await level_of(client)
    assert outcome["outcome"] == "created"
    assert (level["on_hand"], level["available"], level["unit_cost"]) == (10, 10, "2.50")
    assert await types_of(database) == ["sku_stated", "stock_level_changed", "sku_stated"]
    told = (await payloads_of(database))[1]
    assert (told["on_hand"], told["previous_available"], told["warehouse_kind"]) == (10, 0, "own")
    [row] = told["movements"]
    assert (row["kind"], row["quantity"], row["cost_minor"], row["reference"]) == (
        "receive",
        10,
        2500,
        "PO-1",
    )
    sku = (await client.get("/v1/skus/tea")).json()
    assert (sku["cost"], sku["currency"]) == ("2.50", "CNY")
    assert sku["first_received_at"] is not None


async def test_a_movement_sent_again_is_unchanged(
    client: httpx.AsyncClient, database: Database
) -> None:
    await know(client, "tea")
    row = a_movement()
    [first] = await rows_sent(client, PATH, [row])
    before = await counts_of(database, TABLES)

    [again] = await rows_sent(client, PATH, [row])
    [other] = await rows_sent(client, PATH, [{**row, "quantity": 9}])

    assert (again["outcome"], again["movement_id"]) == ("unchanged", first["movement_id"])
    assert [error["code"] for error in other["errors"]] == ["fact-differs"]
    assert await counts_of(database, TABLES) == before


async def test_the_ledger_refuses_to_be_changed(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=5)

    for statement in (
        "UPDATE stock_movements SET quantity = 6",
        "DELETE FROM stock_movements",
        "TRUNCATE stock_movements",
    ):
        with pytest.raises(DBAPIError, match="only added to") as refused:
            async with database.transaction() as session:
                await session.execute(text(statement))
        assert isinstance(refused.value.orig, Exception)
        assert refused.value.orig.sqlstate == asyncpg.RestrictViolationError.sqlstate  # type: ignore[attr-defined]


async def test_a_correction_is_another_row_that_names_the_first(
    client: httpx.AsyncClient,
) -> None:
    await stocked(client, tea=5)
    wrong = await move(client, quantity=7)
    correction = {"kind": "correction", "corrects": wrong["movement_id"], "reason": "typo"}

    [done, again] = await rows_sent(
        client,
        PATH,
        [{"external_id": "C-1", **correction}, {"external_id": "C-2", **correction}],
    )
    [repeated] = await rows_sent(client, PATH, [{"external_id": "C-1", **correction}])
    [later] = await rows_sent(client, PATH, [{"external_id": "C-3", **correction}])
    [chained] = await rows_sent(
        client,
        PATH,
        [{**correction, "external_id": "C-4", "corrects": done["movement_id"]}],
    )

    assert (await level_of(client))["on_hand"] == 5
    rows = (await client.get("/v1/movements", params={"external_id": "C-1"})).json()["items"]
    assert [(row["kind"], row["quantity"], row["corrects"]) for row in rows] == [
        ("receive", -7, wrong["movement_id"])
    ]
    assert repeated["outcome"] == "unchanged"
    for refused in (again, later, chained):
        assert [error["code"] for error in refused["errors"]] == ["already-corrected"]


async def test_a_correction_takes_back_both_rows_of_a_transfer(client: httpx.AsyncClient) -> None:
    await client.put("/v1/warehouses/far", json={"name": "Far"})
    await stocked(client, tea=5)
    sent = await move(client, "transfer", quantity=3, to_warehouse_id="far")

    row = {
        "external_id": "C-1",
        "kind": "correction",
        "corrects": sent["movement_id"],
        "reason": "x",
    }
    await rows_sent(client, PATH, [row])

    assert (await level_of(client))["on_hand"] == 5
    assert (await level_of(client, warehouse="far"))["in_transit"] == 0


async def test_back_dated_rows_stand_in_every_later_balance(client: httpx.AsyncClient) -> None:
    """Others lose entries or corrupt later balances: frappe/erpnext#56950, #54295, #51183."""
    await know(client, "tea")
    noon = datetime.now(UTC) - timedelta(days=3)

    def at(hours: int) -> str:
        return (noon + timedelta(hours=hours)).isoformat()

    await move(client, quantity=10, occurred_at=at(0))
    await move(client, "issue", quantity=4, reference="SF1", occurred_at=at(4))
    await move(client, quantity=5, occurred_at=at(2))  # entered last, happened in between

    levels = [(await level_of(client, at=at(hour)))["on_hand"] for hour in (-1, 0, 1, 2, 3, 4, 5)]
    assert levels == [0, 10, 10, 15, 15, 11, 11]
    assert (await level_of(client))["on_hand"] == 11
    rows = (await client.get("/v1/movements", params={"until": at(3)})).json()["items"]
    assert [row["quantity"] for row in rows] == [10, 5]


async def test_only_bad_rows_are_refused(client: httpx.AsyncClient, database: Database) -> None:
    await know(client, "tea", {"sku": "set", "components": [{"sku": "tea", "quantity": 2}]})
    rows = [
        a_movement(),
        a_movement(sku="nothing"),
        a_movement(sku="set"),
        a_movement(warehouse_id="nowhere"),
        a_movement("issue", quantity=11, reference="SF1"),
        a_movement("issue", quantity=10, reference="SF2"),
        a_movement("correction", corrects=99, reason="x"),
        a_movement(unit_cost=2.5),
    ]

    outcomes = await rows_sent(client, PATH, rows)

    codes = [[error["code"] for error in row["errors"]] for row in outcomes]
    assert codes == [
        [],
        ["sku-unknown"],
        ["bundle-has-no-stock"],
        ["warehouse-unknown"],
        ["insufficient-stock"],
        [],
        ["movement-unknown"],
        ["money_not_a_string"],
    ]
    assert (await level_of(client))["on_hand"] == 0
    before = await counts_of(database, TABLES)
    answer = await client.post(PATH, json=rows, params={"error_policy": "reject_all"})
    assert answer.status_code == 422
    [tried] = await rows_sent(client, PATH, [a_movement()], dry_run=True)
    assert tried["outcome"] == "created"
    assert await counts_of(database, TABLES) == before


async def test_number_of_statements_does_not_grow_with_the_rows(
    client: httpx.AsyncClient, database: Database
) -> None:
    await know(client, *(f"sku-{number}" for number in range(30)))
    await move(client, sku="sku-0")
    sent: list[list[str]] = []
    for size, price in ((3, "1.00"), (30, "2.00")):
        rows = [a_movement(sku=f"sku-{number}", unit_cost=price) for number in range(size)]
        with counted(database) as statements:
            await rows_sent(client, PATH, rows)
        sent.append(statements)

    assert len(sent[0]) == len(sent[1]) < 25


async def test_the_list_of_movements_is_cut_into_pages(client: httpx.AsyncClient) -> None:
    await stocked(client, tea=1, cup=2)
    await move(client, quantity=3)
    walked: list[Any] = []
    parameters: dict[str, Any] = {"limit": 1}
    while True:
        page = (await client.get("/v1/movements", params=parameters)).json()
        walked += [(row["sku"], row["quantity"]) for row in page["items"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]

    assert walked == [("tea", 1), ("cup", 2), ("tea", 3)]


async def test_stock_is_cut_into_pages_and_can_be_pulled_for_changes(
    client: httpx.AsyncClient,
) -> None:
    await stocked(client, tea=1, cup=2, pot=3)
    first = (await client.get("/v1/stock", params={"limit": 2})).json()
    second = (
        await client.get("/v1/stock", params={"limit": 2, "cursor": first["next_cursor"]})
    ).json()
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    last = (await client.get("/v1/stock", params={"updated_since": "2026-01-01T00:00:00Z"})).json()
    none = (await client.get("/v1/stock", params={"updated_since": soon})).json()

    assert [row["sku"] for row in first["items"] + second["items"]] == ["cup", "pot", "tea"]
    assert second["next_cursor"] is None
    assert len(last["items"]) == 3
    assert none["items"] == []


async def test_a_warehouse_of_another_store_is_not_there(
    client: httpx.AsyncClient, database: Database
) -> None:
    await open_store(database, "s1")
    await client.put("/v1/warehouses/ours", json={"name": "Ours", "store_id": "s2"})
    await know(client, "tea")
    moved = await move(client, warehouse_id="ours")
    await move(client)
    token = await a_token(database, scopes=["inventory:read", "inventory:write"], stores=["s1"])
    client.headers["Authorization"] = f"Bearer {token}"

    levels = (await client.get("/v1/stock")).json()["items"]
    rows = (await client.get("/v1/movements")).json()["items"]
    named = await client.get("/v1/stock", params={"warehouse_id": "ours"})
    refused = await move(client, warehouse_id="ours")
    corrected = await move(client, "correction", corrects=moved["movement_id"], reason="x")

    assert [row["warehouse_id"] for row in levels + rows] == ["main", "main"]
    assert named.status_code == 404
    assert [error["code"] for error in refused["errors"]] == ["warehouse-unknown"]
    assert [error["code"] for error in corrected["errors"]] == ["movement-unknown"]
