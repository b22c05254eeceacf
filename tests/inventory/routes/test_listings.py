"""What stores sell, and what their channels show of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.db.engine import Database
from tests.support.applications import a_token
from tests.support.orders import payloads_of, types_of
from tests.support.stock import know, listed, move, rows_sent, stocked

PATH = "/v1/listings:batch"


def an_item(**values: Any) -> dict[str, Any]:
    return {
        "store_id": "s1",
        "item_id": "i1",
        "title": "龙井",
        "skus": [{"sku": "tea", "price": "9.90"}, {"sku": "cup", "price": "5.00"}],
        **values,
    }


async def stated(client: httpx.AsyncClient, **values: Any) -> str:
    [outcome] = await rows_sent(client, PATH, [an_item(**values)])
    return str(outcome["outcome"])


async def test_items_are_listed_repriced_and_delisted_by_their_rows(
    client: httpx.AsyncClient, database: Database
) -> None:
    await know(client, "tea", "cup")
    dearer = [{"sku": "tea", "price": "19.90"}, {"sku": "cup", "price": "5.00"}]

    outcomes = [
        await stated(client),
        await stated(client),
        await stated(client, skus=dearer, reason="双11"),
        await stated(client, skus=dearer[:1]),
        await stated(client, skus=dearer[:1], status="delisted", reason="sold out"),
    ]

    assert outcomes == ["created", "unchanged", "updated", "updated", "updated"]
    names = [name for name in await types_of(database) if name.startswith("item")]
    assert names == ["item_listed", "item_price_changed", "item_listed", "item_delisted"]
    priced = next(each for each in await payloads_of(database) if "changes" in each)
    assert priced["changes"] == [{"sku": "tea", "previous_minor": 990, "price_minor": 1990}]
    shown = (await client.get("/v1/listings/s1/i1")).json()
    assert (shown["status"], shown["version"]) == ("delisted", 4)
    assert (await client.get("/v1/listings", params={"sku": "cup"})).json()["items"] == []


async def test_a_listing_tells_when_it_reserves(
    client: httpx.AsyncClient, database: Database
) -> None:
    await know(client, "tea", "cup")
    await stated(client, skus=[
        {"sku": "tea", "price": "1.00", "reserve_on": "paid", "set_aside": 4},
        {"sku": "cup", "price": "1.00"},
    ])  # fmt: skip

    told = (await payloads_of(database))[-1]

    assert [(each["sku"], each["reserve_on"], each.get("set_aside")) for each in told["skus"]] == [
        ("cup", "placed", None),
        ("tea", "paid", 4),
    ]


async def test_bad_rows_of_items_are_refused_alone(client: httpx.AsyncClient) -> None:
    await know(client, "tea")
    unit = {"sku": "tea", "price": "1.00"}
    outcomes = await rows_sent(
        client,
        PATH,
        [
            an_item(skus=[unit]),
            an_item(item_id="i2", skus=[{**unit, "sku": "none"}]),
            an_item(item_id="i3", skus=[{**unit, "price": "1.005"}]),
            an_item(item_id="i4", skus=[unit, unit]),
            an_item(store_id="nowhere", skus=[unit]),
        ],
    )

    codes = [[error["code"] for error in row["errors"]] for row in outcomes]
    assert codes == [[], ["sku-unknown"], ["price-invalid"], ["price-invalid"], ["store-unknown"]]


async def test_the_number_told_again_does_not_refill_what_is_set_aside(
    client: httpx.AsyncClient,
) -> None:
    await stocked(client, tea=9)
    await listed(client, "s1", "tea", set_aside=5)
    reserved = await client.post(
        "/v1/reservations",
        json={"store_id": "s1", "external_id": "E1", "lines": [{"sku": "tea", "quantity": 2}]},
    )
    await listed(client, "s1", "tea", set_aside=5, price="8.00")
    kept = (await client.get("/v1/channel-stock")).json()["items"][0]
    await listed(client, "s1", "tea", set_aside=6, price="8.00")
    told_anew = (await client.get("/v1/channel-stock")).json()["items"][0]

    assert reserved.status_code == 201
    assert (kept["set_aside"], kept["sellable"]) == (3, 3)
    assert (told_anew["set_aside"], told_anew["sellable"]) == (6, 6)


async def test_what_channels_show_otherwise_is_listed(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=9, cup=4)
    await listed(client, "s1", "tea")
    await listed(client, "s1", "cup")
    now = datetime.now(UTC)
    path, row = "/v1/channel-stock:batch", {"store_id": "s1", "reported_at": now.isoformat()}

    outcomes = await rows_sent(
        client,
        path,
        [
            {**row, "sku": "tea", "quantity": 12},
            {**row, "sku": "cup", "quantity": 4},
            {**row, "sku": "pot", "quantity": 1},
        ],
    )
    [again] = await rows_sent(client, path, [{**row, "sku": "tea", "quantity": 12}])
    earlier = (now - timedelta(minutes=1)).isoformat()
    [stale] = await rows_sent(
        client, path, [{**row, "sku": "tea", "quantity": 1, "reported_at": earlier}]
    )

    assert [each["outcome"] for each in outcomes] == ["updated", "updated", "rejected"]
    assert (again["outcome"], stale["outcome"]) == ("unchanged", "stale")
    [differing] = (await client.get("/v1/channel-stock", params={"differing": True})).json()[
        "items"
    ]
    assert (differing["sku"], differing["difference"]) == ("tea", 3)
    told = [name for name in await types_of(database) if name == "channel_stock_differed"]
    assert len(told) == 1


async def test_listings_of_foreign_stores_are_not_there(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stocked(client, tea=1)
    await listed(client, "s2", "tea")
    token = await a_token(database, scopes=["inventory:read", "inventory:write"], stores=["s1"])
    client.headers["Authorization"] = f"Bearer {token}"

    assert (await client.get("/v1/listings/s2/item-tea")).status_code == 404
    assert (await client.get("/v1/listings")).json()["items"] == []
    assert (await client.get("/v1/channel-stock")).json()["items"] == []
    [refused] = await rows_sent(
        client, "/v1/channel-stock:batch", [{"store_id": "s2", "sku": "tea", "quantity": 1}]
    )
    assert [error["code"] for error in refused["errors"]] == ["store-forbidden"]
    assert (await move(client))["outcome"] == "created"
