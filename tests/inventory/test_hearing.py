"""Events of orders move stock, answer orders, and tell every store what it may show."""

from datetime import datetime, timedelta

import httpx

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.hearing import hear, told
from tests.support.order_events import OrderStory
from tests.support.orders import counts_of, rows_of
from tests.support.statements import counted
from tests.support.stock import know, level_of, listed, move, stocked

QUIET = ("stock_movements", "reservations", "event_log", "stock_balances")


async def test_an_order_is_reserved_confirmed_and_issued(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=5)
    await move(client, unit_cost="2.00", quantity=1)
    story = OrderStory()

    await hear(database, story.placed(("tea", 2)))
    level = await level_of(client)
    await hear(database, story.paid(("tea", 2)), story.shipped(("tea", 2), waybill="SF77"))

    assert (level["on_hand"], level["reserved"], level["available"]) == (6, 2, 4)
    assert (await level_of(client))["on_hand"] == 4
    [reserved] = await told(database, "stock_reserved")
    assert (reserved["order_id"], reserved["reserve_on"]) == ("ord_1", "placed")
    assert reserved["lines"] == [
        {"line_no": 1, "sku": "tea", "warehouse_id": "main", "quantity": 2}
    ]
    assert len(await told(database, "reservation_confirmed")) == 1
    [issued] = await told(database, "stock_issued")
    assert (issued["waybill"], issued["lines"][0]["cost_minor"]) == ("SF77", 400)
    rows = (await client.get("/v1/movements", params={"order_id": "ord_1"})).json()["items"]
    assert [(row["kind"], row["quantity"], row["reference"]) for row in rows] == [
        ("issue", -2, "SF77")
    ]
    [reservation] = (await client.get("/v1/reservations")).json()["items"]
    assert (reservation["status"], reservation["order_id"]) == ("issued", "ord_1")


async def test_an_order_without_stock_is_rejected_and_listed(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)

    await hear(database, OrderStory().placed(("tea", 2)))

    [rejected] = await told(database, "stock_rejected")
    assert rejected["reason"] == "exhausted"
    assert rejected["lines"] == [{"line_no": 1, "sku": "tea", "wanted": 2, "available": 1}]
    listing = await client.get("/v1/reservations", params={"status": "rejected"})
    assert [row["order_id"] for row in listing.json()["items"]] == ["ord_1"]
    assert (await level_of(client))["available"] == 1


async def test_backfilled_history_and_untracked_goods_touch_no_stock(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)
    before = await counts_of(database, QUIET)
    past = OrderStory("ord_0", is_backfill=True)

    await hear(database, past.placed(("tea", 1)), past.paid(("tea", 1)), past.shipped(("tea", 1)))
    await hear(database, OrderStory().placed(("strange", 3), (None, 1)))
    await hear(database, OrderStory("ord_2").placed(("strange", 2)))

    assert await counts_of(database, QUIET) == before
    [seen] = (await client.get("/v1/untracked-goods")).json()
    assert (seen["sku"], seen["orders"], seen["pieces"]) == ("strange", 2, 5)
    await know(client, "strange")
    assert (await client.get("/v1/untracked-goods")).json() == []


async def test_a_store_that_is_not_known_yet_is_no_trouble_without_goods_here(
    database: Database, client: httpx.AsyncClient
) -> None:
    await hear(database, OrderStory(store_id="new").placed(("strange", 1)))

    assert len(await rows_of(database, "untracked_goods")) == 1


async def test_every_store_is_told_at_once_what_it_may_show(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=7, cup=4)
    await know(
        client, {"sku": "set", "components": [{"sku": "tea", "quantity": 2}, {"sku": "cup"}]}
    )
    await listed(client, "s1", "tea")
    await listed(client, "s2", "tea", set_aside=3)
    await listed(client, "s1", "set")

    await hear(database, OrderStory().placed(("tea", 2)))

    changes = [
        (change["store_id"], change["sku"], change["sellable"])
        for change in await told(database, "listing_stock_changed")
    ]
    assert changes == [
        ("s1", "tea", 7),
        ("s1", "tea", 4),  # three are the other store's alone
        ("s2", "tea", 3),
        ("s1", "set", 2),
        ("s1", "set", 1),
        ("s1", "tea", 2),
    ]
    await hear(database, OrderStory("ord_2", "s2").placed(("tea", 3)))
    shown = (await client.get("/v1/channel-stock", params={"sku": "tea"})).json()["items"]
    assert [(row["store_id"], row["sellable"], row["set_aside"]) for row in shown] == [
        ("s1", 2, None),
        ("s2", 0, 0),
    ]


async def test_a_batch_of_orders_takes_a_constant_number_of_statements(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=500, cup=500)
    sent: list[list[str]] = []
    for size in (2, 60):
        stories = [OrderStory(f"ord_{size}_{number}") for number in range(size)]
        placed = [story.placed(("tea", 1), ("cup", 2)) for story in stories]
        paid = [story.paid(("tea", 1), ("cup", 2)) for story in stories]
        with counted(database) as statements:
            await hear(database, *placed, *paid)
        sent.append(statements)

    assert len(sent[0]) == len(sent[1]) < 20
    assert (await level_of(client, "cup"))["reserved"] == 124


async def test_an_exchange_is_set_aside_and_sent(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1, cup=1)
    story = OrderStory()
    await hear(database, story.placed(("tea", 1)), story.shipped(("tea", 1)))

    await hear(database, story.exchange_agreed("tea", "cup"))
    reserved = (await level_of(client, "cup"))["reserved"]
    await hear(database, story.replaced("cup"), story.exchange_closed("tea"))

    assert reserved == 1
    assert (await level_of(client, "cup"))["on_hand"] == 0
    assert [each.get("case_id") for each in await told(database, "stock_issued")] == [None, "asc_1"]


async def test_an_exchange_that_is_withdrawn_frees_its_goods(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=2)
    story = OrderStory()

    await hear(database, story.exchange_agreed("tea", None), story.exchange_closed("tea"))

    assert (await level_of(client))["reserved"] == 0
    [released] = await told(database, "stock_released")
    assert (released["case_id"], released["reason"]) == ("asc_1", "cancelled")


async def test_goods_that_left_without_stock_are_an_oversale_with_its_order(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)
    await hear(database, OrderStory("first").placed(("tea", 1)))

    await hear(database, OrderStory("forced").shipped(("tea", 1)))
    await move(client, "adjust", quantity=1, reason="found")
    await move(client, "adjust", quantity=-1, reason="lost")

    forced, lost = await told(database, "oversale_found")
    assert (forced["order_ids"], forced["units"], forced["sku"]) == (["forced"], 1, "tea")
    assert (lost["order_ids"], lost["store_id"]) == (["first"], "s1")
    assert (await level_of(client))["available"] == -1


async def test_the_settings_of_the_store_decide(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=9)
    values = {"inventory.reserve_on": "paid", "inventory.hold_hours": 1}
    await open_store(database, "s1", settings=effective(values), version=2)
    await open_store(database, "s2", settings=effective({"inventory.hold_hours": 1}), version=2)
    other = OrderStory("ord_2", "s2")

    await hear(database, OrderStory().placed(("tea", 1)), other.placed(("tea", 1)))

    [reserved] = await told(database, "stock_reserved")
    expires = datetime.fromisoformat(reserved["expires_at"])
    placed = datetime.fromisoformat(reserved["occurred_at"])
    assert (reserved["store_id"], expires - placed) == ("s2", timedelta(hours=1))
