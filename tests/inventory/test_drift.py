"""Levels are held against their ledger, found amiss, and repaired."""

import httpx
from sqlalchemy import text

from services.directory.thresholds.catalogue import effective
from services.inventory import metrics
from services.inventory.jobs import Auditing, Measuring
from services.inventory.usecases.repairing import align_safety, push_stale
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.hearing import hear, told
from tests.support.order_events import OrderStory
from tests.support.orders import rows_of
from tests.support.stock import know, level_of, listed, move, rows_sent, stocked


async def break_it(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))


async def test_a_level_that_drifted_is_found_and_repaired(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Others' reserved numbers drift and can't be mended: odoo/odoo#62139, saleor/saleor#5334."""
    await stocked(client, tea=5)
    await listed(client, "s1", "tea")
    await hear(database, OrderStory().placed(("tea", 2)))
    assert (await client.get("/v1/stock/drift")).json() == []

    await break_it(database, "UPDATE stock_balances SET on_hand = 9, reserved = 0")
    await Auditing(database).look()
    found = (await client.get("/v1/stock/drift")).json()
    repaired = await client.post("/v1/stock/repairs", json={})

    assert [(each["sku"], each["on_hand"], each["reserved"]) for each in found] == [("tea", 5, 2)]
    assert metrics.DRIFT.labels("ledger")._value.get() == 1
    assert repaired.json() == found
    level = await level_of(client)
    assert (level["on_hand"], level["reserved"]) == (5, 2)
    assert (await client.get("/v1/stock/drift")).json() == []
    assert (await rows_of(database, "audit_trail", "id"))[-1]["action"] == "level.repaired"
    assert (await told(database, "stock_level_changed"))[-1]["reserved"] == 2


async def test_a_promise_that_nobody_has_is_taken_back_by_a_row(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=5)
    await hear(database, OrderStory().placed(("tea", 2)))
    await break_it(database, "DELETE FROM reservations")

    [repaired] = (await client.post("/v1/stock/repairs", json={"skus": ["tea"]})).json()

    assert repaired["is_unpromised"]
    assert (await level_of(client))["reserved"] == 0
    rows = (await client.get("/v1/movements", params={"bucket": "reserved"})).json()["items"]
    assert [(row["kind"], row["quantity"]) for row in rows] == [("reserve", 2), ("release", -2)]


async def test_safety_stock_follows_settings_and_warehouses(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.put("/v1/warehouses/jd", json={"name": "JD", "kind": "jd", "store_id": "s1"})
    await know(client, "tea")
    await listed(client, "s1", "tea")
    await move(client, warehouse_id="jd", quantity=15)
    settings = effective({"inventory.jd_safety_units": 12})
    await open_store(database, "s1", settings=settings, version=2)

    async with database.transaction() as session:
        aligned = await align_safety(session)
    async with database.transaction() as session:
        again = await align_safety(session)

    assert (aligned, again) == (1, 0)
    level = await level_of(client, warehouse="jd")
    assert (level["safety_stock"], level["available"]) == (12, 3)
    assert [each["sellable"] for each in await told(database, "listing_stock_changed")] == [5, 3]


async def test_listings_that_were_told_otherwise_are_told_again(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=6)
    part = {"sku": "tea", "quantity": 2}
    await know(client, {"sku": "set", "components": [part]})
    await listed(client, "s1", "set")
    await rows_sent(
        client, "/v1/skus:batch", [{"sku": "set", "components": [{**part, "quantity": 3}]}]
    )

    async with database.transaction() as session:
        pushed = await push_stale(session)
    async with database.transaction() as session:
        again = await push_stale(session)

    assert (pushed, again) == (1, 0)
    assert [each["sellable"] for each in await told(database, "listing_stock_changed")] == [3, 2]


async def test_working_lists_are_counted(client: httpx.AsyncClient, database: Database) -> None:
    await stocked(client, tea=1)
    await hear(database, OrderStory().placed(("tea", 2), ("strange", 1)))
    await hear(database, OrderStory("o2").shipped(("tea", 2)))

    await Measuring(database).measure()

    counts = [
        metrics.WORKLIST.labels(*labels)._value.get()
        for labels in (("rejected", "s1"), ("untracked", "s1"), ("oversold", "all"))
    ]
    assert counts == [1, 1, 1]
