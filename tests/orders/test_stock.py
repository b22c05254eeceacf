"""Orders hear whether their goods are set aside, show it, and are held without stock."""

from datetime import UTC, datetime
from typing import Any

import httpx

from services.orders.handlers import APPLIER
from services.orders.repository.worklists import count_worklists
from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.inventory_reservations import (
    ReservedLine,
    ShortLine,
    StockRejected,
    StockReleased,
    StockReserved,
)
from shared.db.engine import Database
from tests.support.orders import a_payment, a_shipment, counts_of, stated, types_of
from tests.support.statements import counted

TABLES = ("order_problems", "event_log", "audit_trail", "order_stock")


def words(order_id: str | None, **values: Any) -> dict[str, Any]:
    return {
        "occurred_at": datetime.now(UTC),
        "store_id": "s1",
        "timezone": "Asia/Shanghai",
        "reservation_id": f"rsv_{order_id}",
        "order_id": order_id,
        **values,
    }


def reserved(order_id: str | None, **values: Any) -> StockReserved:
    lines = [ReservedLine(line_no=1, sku="tea", warehouse_id="main", quantity=2)]
    return StockReserved(**words(order_id, lines=lines, reserve_on="placed", **values))


def rejected(order_id: str, **values: Any) -> StockRejected:
    lines = [ShortLine(line_no=1, sku="tea", wanted=2, available=1)]
    return StockRejected(**words(order_id, lines=lines, reason="exhausted", **values))


def released(order_id: str, *, is_whole: bool = True) -> StockReleased:
    return StockReleased(**words(order_id, lines=[], reason="expired", is_whole=is_whole))


async def hear(database: Database, *told: Event) -> None:
    events = [
        CloudEvent[Event](
            id="1", source="/shopfleet/inventory", type=each.type, time=each.occurred_at,
            subject=each.key(), sequence="1", partitionkey=each.key(), logid="l",
            receivedat=each.occurred_at, data=each,
        )
        for each in told
    ]  # fmt: skip
    async with database.transaction() as session:
        await APPLIER.apply(session, events)


async def shown(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(path)).json()
    return found


async def test_an_order_shows_whether_its_goods_are_set_aside(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)
    order_id = path.rpartition("/")[2]
    untold = (await shown(client, path))["stock"]

    states = []
    for each in (reserved(order_id), released(order_id, is_whole=False), released(order_id)):
        await hear(database, each)
        states.append((await shown(client, path))["stock"]["state"])

    assert untold is None
    assert states == ["reserved", "reserved", "released"]
    listed = (await client.get("/v1/orders")).json()["items"]
    assert [row["stock"]["reason"] for row in listed] == ["expired"]


async def test_an_order_without_stock_is_held_once_and_goes_on_when_it_has_some(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, payments=[a_payment()])
    order_id = path.rpartition("/")[2]

    await hear(database, rejected(order_id), rejected(order_id))
    order = await shown(client, path)
    [problem] = (await client.get("/v1/problems")).json()["items"]
    async with database.transaction() as session:
        lists = await count_worklists(session, None)
    await hear(database, reserved(order_id))

    assert (order["hold"]["kind"], order["stock"]["short"][0]["available"]) == ("problem", 1)
    assert (problem["kind"], problem["lines"]) == ("out_of_stock", [1])
    assert problem["opened_by"] == "inventory"
    assert "tea" in problem["reason"]
    assert (lists["out_of_stock"], lists["problem"]) == ({"s1": 1}, {"s1": 1})
    assert (await shown(client, path))["hold"] is None
    [closed] = (await client.get("/v1/problems")).json()["items"]
    assert (closed["status"], closed["outcome"]) == ("closed", "solved")
    assert [name for name in await types_of(database) if name.startswith("problem")] == [
        "problem_opened",
        "problem_closed",
    ]


async def test_orders_that_are_over_are_no_problem(
    client: httpx.AsyncClient, database: Database
) -> None:
    gone = await stated(client, external_id="A", payments=[a_payment()], shipments=[a_shipment()])
    off = await stated(client, external_id="B")
    await client.post(f"{off}/cancellation", json={"reason": "x"})

    for path in (gone, off):
        await hear(database, rejected(path.rpartition("/")[2]))

    assert (await client.get("/v1/problems")).json()["items"] == []
    assert (await client.get("/v1/worklists/orders/out_of_stock")).json()["items"] == []


async def test_an_exchange_without_stock_holds_its_order(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client)
    order_id = path.rpartition("/")[2]

    await hear(database, reserved(order_id), rejected(order_id, case_id="asc_1"))

    order = await shown(client, path)
    assert (order["stock"]["state"], order["hold"]["kind"]) == ("reserved", "problem")


async def test_what_is_set_aside_for_checkouts_is_no_orders(
    client: httpx.AsyncClient, database: Database
) -> None:
    before = await counts_of(database, TABLES)

    await hear(database, reserved(None))

    assert await counts_of(database, TABLES) == before


async def test_a_batch_of_good_words_takes_two_statements(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = [
        (await stated(client, external_id=f"A-{number}")).rpartition("/")[2] for number in range(8)
    ]

    with counted(database) as statements:
        await hear(database, *(reserved(order_id) for order_id in ids))

    assert len(statements) == 2
