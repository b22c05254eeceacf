"""Goods that come back are expected, inspected, and moved to where they belong."""

from typing import Any

import httpx

from services.directory.thresholds.catalogue import effective
from shared.contracts.orders_cases import CaseLine, GoodsSentBack
from shared.db.engine import Database
from tests.support.applications import a_token, open_store
from tests.support.hearing import hear, told
from tests.support.order_events import OrderStory
from tests.support.orders import counts_of
from tests.support.stock import level_of, stocked

PATH = "/v1/inspections"


def an_inspection(**values: Any) -> dict[str, Any]:
    line = {"line_no": 1, "sku": "tea", "intact": 2, "defective": 1}
    return {
        "store_id": "s1",
        "external_id": "I-1",
        "order_id": "ord_1",
        "waybill": "SF9",
        "lines": [line],
        **values,
    }


async def test_intact_goods_go_to_stock_and_others_to_quarantine(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)

    done = await client.post(PATH, json=an_inspection())
    before = await counts_of(database, ("stock_movements", "event_log", "inspections"))
    again = await client.post(PATH, json=an_inspection())
    other = await client.post(PATH, json=an_inspection(lines=[{"line_no": 1, "intact": 9}]))

    assert [answer.status_code for answer in (done, again, other)] == [201, 200, 409]
    assert await counts_of(database, ("stock_movements", "event_log", "inspections")) == before
    level = await level_of(client)
    assert (level["on_hand"], level["quarantine"]) == (3, 1)
    [inspected] = await told(database, "return_inspected")
    assert (inspected["is_intact"], inspected["waybill"]) == (False, "SF9")
    [line] = inspected["lines"]
    assert (line["sku"], line["intact"], line["defective"]) == ("tea", 2, 1)


async def test_a_store_may_keep_all_returns_apart(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)
    settings = effective({"inventory.intact_returns_restock": False})
    await open_store(database, "s1", settings=settings, version=2)

    await client.post(PATH, json=an_inspection())

    level = await level_of(client)
    assert (level["on_hand"], level["quarantine"]) == (1, 3)


async def test_what_is_expected_is_listed_until_it_is_inspected(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)
    story = OrderStory()
    case = story._case("tea", None, 1)
    await hear(database, story.exchange_agreed("tea", None))
    agreed = (await client.get("/v1/expected-returns")).json()
    lines = [CaseLine(line_no=1, sku="tea", quantity=1)]
    sent = GoodsSentBack(**case | {"lines": lines}, courier="SF", waybill="SF9")
    await hear(database, sent)
    on_its_way = (await client.get("/v1/expected-returns")).json()

    unknown = await client.post(PATH, json=an_inspection(case_id="asc_9"))
    done = await client.post(PATH, json=an_inspection(case_id="asc_1"))

    assert (agreed[0]["waybill"], on_its_way[0]["waybill"]) == (None, "SF9")
    assert (unknown.status_code, done.status_code) == (422, 201)
    assert (await client.get("/v1/expected-returns")).json() == []
    [inspected] = await told(database, "return_inspected")
    assert inspected["case_id"] == "asc_1"


async def test_goods_that_are_not_kept_here_are_told_of_all_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    lines = [{"line_no": 1, "sku": "strange", "intact": 1}, {"line_no": 2, "missing": 1}]

    done = await client.post(PATH, json=an_inspection(lines=lines))

    assert done.status_code == 201
    assert not done.json()["inspection"]["is_intact"]
    assert await counts_of(database, ("stock_movements",)) == {"stock_movements": 0}
    assert len(await told(database, "return_inspected")) == 1


async def test_returns_of_foreign_stores_are_neither_seen_nor_inspected(
    client: httpx.AsyncClient, database: Database
) -> None:
    await hear(database, OrderStory(store_id="s2").exchange_agreed("tea", None))
    token = await a_token(database, scopes=["inventory:read", "inventory:write"], stores=["s1"])
    client.headers["Authorization"] = f"Bearer {token}"

    assert (await client.get("/v1/expected-returns")).json() == []
    assert (await client.post(PATH, json=an_inspection(store_id="s2"))).status_code == 403
