"""Checkouts set stock aside and know at once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.db.engine import Database
from tests.support.applications import a_token
from tests.support.hearing import hear, told
from tests.support.order_events import OrderStory
from tests.support.orders import counts_of, rows_of
from tests.support.stock import level_of, move, stocked

PATH = "/v1/reservations"
TABLES = ("reservations", "stock_movements", "event_log")


def a_checkout(number: str = "E1", sku: str = "tea", quantity: int = 1, **words: Any) -> Any:
    lines = [{"sku": sku, "quantity": quantity}]
    return {"store_id": "s1", "external_id": number, "lines": lines, **words}


async def test_a_checkout_is_set_aside_once(client: httpx.AsyncClient, database: Database) -> None:
    await stocked(client, tea=3)

    first = await client.post(PATH, json=a_checkout(quantity=2))
    before = await counts_of(database, TABLES)
    again = await client.post(PATH, json=a_checkout(quantity=2))
    other = await client.post(PATH, json=a_checkout(quantity=1))

    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 409]
    assert again.json()["outcome"] == "unchanged"
    assert other.json()["type"].endswith("reservation-differs")
    assert await counts_of(database, TABLES) == before
    assert (await level_of(client))["reserved"] == 2
    [reserved] = await told(database, "stock_reserved")
    assert reserved.get("order_id") is None


async def test_what_falls_short_is_named_and_leaves_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=3, cup=0)
    before = await counts_of(database, TABLES)
    body = a_checkout(lines=[{"sku": "tea", "quantity": 3}, {"sku": "cup", "quantity": 1}])

    short = await client.post(PATH, json=body)
    unknown = await client.post(PATH, json=a_checkout(sku="none"))

    assert short.status_code == 409
    assert short.json()["type"].endswith("insufficient-stock")
    assert short.json()["lines"] == [{"line_no": 2, "sku": "cup", "wanted": 1, "available": 0}]
    assert unknown.status_code == 404
    assert await counts_of(database, TABLES) == before
    await move(client, sku="cup", quantity=1)
    assert (await client.post(PATH, json=body)).status_code == 201, "it may be tried again"


async def test_a_checkout_is_confirmed_or_freed_once(client: httpx.AsyncClient) -> None:
    await stocked(client, tea=3)
    ids = [
        (await client.post(PATH, json=a_checkout(number))).json()["reservation"]["reservation_id"]
        for number in ("E1", "E2")
    ]

    confirmed = [await client.post(f"{PATH}/{ids[0]}/confirmation") for _ in range(2)]
    freed = [await client.post(f"{PATH}/{ids[1]}/release") for _ in range(2)]
    over = await client.post(f"{PATH}/{ids[1]}/confirmation")
    taken = await client.post(PATH, json=a_checkout("E2"))

    assert [answer.json()["outcome"] for answer in confirmed] == ["updated", "unchanged"]
    assert confirmed[0].json()["reservation"]["expires_at"] is None
    assert [answer.json()["outcome"] for answer in freed] == ["updated", "unchanged"]
    assert (over.status_code, taken.status_code) == (409, 409)
    assert over.json()["type"].endswith("reservation-over")
    assert (await level_of(client))["reserved"] == 1


async def test_what_is_past_its_time_is_not_confirmed_any_more(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    made = (await client.post(PATH, json=a_checkout(expires_at=past))).json()["reservation"]

    late = await client.post(f"{PATH}/{made['reservation_id']}/confirmation")

    assert late.status_code == 409
    assert await told(database, "reservation_confirmed") == []


async def test_the_order_takes_over_what_its_checkout_set_aside(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=2)
    await client.post(PATH, json=a_checkout("EXT-ord_1", quantity=2))
    story = OrderStory()

    await hear(database, story.placed(("tea", 2)), story.paid(("tea", 2)))
    await hear(database, story.shipped(("tea", 2)))

    level = await level_of(client)
    assert (level["on_hand"], level["reserved"]) == (0, 0)
    assert [each.get("order_id") for each in await told(database, "stock_reserved")] == [
        None,
        "ord_1",
    ]
    assert await told(database, "stock_rejected") == []


async def test_the_last_unit_is_sold_once_to_two_hundred(
    client: httpx.AsyncClient, database: Database
) -> None:
    """Others sell it twice: vendurehq/vendure#3508, magento/magento2#6363, saleor/saleor#543."""
    await stocked(client, tea=1)

    answers = await asyncio.gather(
        *(client.post(PATH, json=a_checkout(f"E{number}")) for number in range(200))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 199}
    level = await level_of(client)
    assert (level["reserved"], level["available"]) == (1, 0)
    assert len(await told(database, "stock_reserved")) == 1


async def test_reservations_of_foreign_stores_are_not_there(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=2)
    made = (await client.post(PATH, json=a_checkout(store_id="s2"))).json()["reservation"]
    token = await a_token(database, scopes=["inventory:read", "inventory:write"], stores=["s1"])
    client.headers["Authorization"] = f"Bearer {token}"
    path = f"{PATH}/{made['reservation_id']}"

    answers = [
        await client.get(path),
        await client.post(f"{path}/confirmation"),
        await client.post(f"{path}/release"),
        await client.post(PATH, json=a_checkout(store_id="s2")),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 403]
    assert (await client.get(PATH)).json()["items"] == []


async def test_checkouts_of_one_moment_share_transactions_and_keys_are_their_own(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=25)

    answers = await asyncio.gather(
        *(
            client.post(
                PATH, json=a_checkout(f"E{number}"), headers={"Idempotency-Key": f"key {number}"}
            )
            for number in range(30)
        )
    )
    first = next(place for place, answer in enumerate(answers) if answer.status_code == 201)
    again = await client.post(
        PATH, json=a_checkout(f"E{first}"), headers={"Idempotency-Key": f"key {first}"}
    )
    unknown = await client.post(PATH, json=a_checkout(store_id="nowhere"))

    assert Counter(answer.status_code for answer in answers) == {201: 25, 409: 5}
    assert again.json() == answers[first].json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert unknown.status_code == 422
    found = await rows_of(database, "(SELECT count(DISTINCT xmin::text) FROM reservations) AS each")
    assert found[0]["count"] < 13
    assert (await level_of(client))["reserved"] == 25
