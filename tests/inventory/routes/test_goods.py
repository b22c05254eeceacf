"""SKUs and warehouses as they are told, stored and shown."""

import httpx

from shared.db.engine import Database
from tests.support.applications import a_token
from tests.support.orders import payloads_of, rows_of, types_of
from tests.support.stock import know, level_of, move, rows_sent

PATH = "/v1/skus:batch"
TEA = {
    "sku": "tea-500",
    "item_number": "TEA",
    "title": "明前龙井",
    "size": "500g",
    "colour": "green",
    "barcode": "690100",
    "category": "tea",
    "weight_grams": 520,
    "source_updated_at": "2026-11-01T10:00:00+08:00",
}


async def test_skus_are_stated_once_and_changed_by_newer_words(
    client: httpx.AsyncClient, database: Database
) -> None:
    newer = {**TEA, "title": "龙井", "source_updated_at": "2026-11-02T10:00:00+08:00"}
    outcomes = []
    for row in (TEA, TEA, newer, TEA):
        [done] = await rows_sent(client, PATH, [row])
        outcomes.append(done["outcome"])

    assert outcomes == ["created", "unchanged", "updated", "stale"]
    shown = (await client.get("/v1/skus/tea-500")).json()
    assert (shown["title"], shown["item_number"], shown["version"]) == ("龙井", "TEA", 2)
    assert await types_of(database) == ["sku_stated", "sku_stated"]
    told = (await payloads_of(database))[-1]
    assert (told["barcode"], told["size"], told["version"]) == ("690100", "500g", 2)
    trail = await rows_of(database, "audit_trail", "id")
    assert [row["action"] for row in trail] == ["sku.created", "sku.changed"]
    assert trail[-1]["after"] == {"title": "龙井"}


async def test_a_single_sku_is_stated_like_a_row(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/skus", json=TEA)
    again = await client.post("/v1/skus", json=TEA)
    bad = await client.post("/v1/skus", json={"sku": "set", "components": [{"sku": "none"}]})

    assert (first.status_code, again.status_code, bad.status_code) == (201, 200, 422)
    assert again.json()["outcome"] == "unchanged"
    assert first.json()["sku"]["barcode"] == "690100"


async def test_bundles_name_known_goods_that_are_no_bundles(client: httpx.AsyncClient) -> None:
    await know(client, "tea", "cup")
    pair = [{"sku": "tea", "quantity": 2}, {"sku": "cup"}]
    outcomes = await rows_sent(
        client,
        PATH,
        [
            {"sku": "gift", "components": [*pair, {"sku": "box"}]},
            {"sku": "box"},
            {"sku": "self", "components": [{"sku": "self"}]},
            {"sku": "nested", "components": [{"sku": "gift"}]},
            {"sku": "twice", "components": [{"sku": "tea"}, {"sku": "tea"}]},
            {"sku": "void", "components": [{"sku": "nothing"}]},
        ],
    )

    assert [row["outcome"] for row in outcomes] == ["created", "created", *["rejected"] * 4]
    assert {error["pointer"] for row in outcomes for error in row["errors"]} == {
        "/components/0/sku",
        "/components/1/sku",
    }
    gift = (await client.get("/v1/skus/gift")).json()
    assert [(part["sku"], part["quantity"]) for part in gift["components"]] == [
        ("tea", 2),
        ("cup", 1),
        ("box", 1),
    ]


async def test_a_barcode_is_of_one_sku(client: httpx.AsyncClient) -> None:
    await know(client, {"sku": "tea", "barcode": "69"})

    [taken, first, second] = await rows_sent(
        client,
        PATH,
        [
            {"sku": "cup", "barcode": "69"},
            {"sku": "pot", "barcode": "70"},
            {"sku": "pan", "barcode": "70"},
        ],
    )

    assert [error["code"] for error in taken["errors"]] == ["barcode-taken"]
    assert first["outcome"] == "created"
    assert [error["code"] for error in second["errors"]] == ["barcode-taken"]
    found = (await client.get("/v1/skus", params={"barcode": "69"})).json()["items"]
    assert [row["sku"] for row in found] == ["tea"]


async def test_skus_are_listed_by_pages_and_item_number(client: httpx.AsyncClient) -> None:
    await know(client, {"sku": "s", "item_number": "T"}, {"sku": "m", "item_number": "T"}, "x")

    first = (await client.get("/v1/skus", params={"item_number": "T", "limit": 1})).json()
    rest = (
        await client.get("/v1/skus", params={"item_number": "T", "cursor": first["next_cursor"]})
    ).json()

    assert [row["sku"] for row in first["items"] + rest["items"]] == ["m", "s"]
    assert (await client.get("/v1/skus/none")).status_code == 404


async def test_a_warehouse_of_jd_keeps_the_safety_level_of_its_store(
    client: httpx.AsyncClient, database: Database
) -> None:
    lacking = await client.put("/v1/warehouses/jd-bj", json={"name": "JD", "kind": "jd"})
    opened = await client.put(
        "/v1/warehouses/jd-bj", json={"name": "JD", "kind": "jd", "store_id": "s1"}
    )
    await client.put("/v1/warehouses/own", json={"name": "Own", "safety_units": 2})
    await know(client, "tea")

    await move(client, warehouse_id="jd-bj")
    await move(client, warehouse_id="own")

    assert (lacking.status_code, opened.status_code) == (422, 201)
    jd, own = [await level_of(client, warehouse=name) for name in ("jd-bj", "own")]
    assert (jd["safety_stock"], jd["available"]) == (10, 0), "inventory.jd_safety_units"
    assert (own["safety_stock"], own["available"]) == (2, 8)


async def test_a_warehouse_is_changed_by_who_saw_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    path, body = "/v1/warehouses/far", {"name": "Far"}
    created = await client.put(path, json=body)
    same = await client.put(path, json=body)
    blind = await client.put(path, json={"name": "Farther"})
    changed = await client.put(
        path, json={"name": "Farther"}, headers={"If-Match": created.headers["ETag"]}
    )

    assert [answer.status_code for answer in (created, same, blind, changed)] == [
        201,
        200,
        428,
        200,
    ]
    assert changed.json()["version"] == 2
    names = [row["name"] for row in (await client.get("/v1/warehouses")).json()]
    assert names == ["Farther", "主仓"]
    assert (
        await client.put("/v1/warehouses/main", json={**body, "store_id": "s1"})
    ).status_code == 422


async def test_a_warehouse_of_a_foreign_store_is_neither_seen_nor_set(
    client: httpx.AsyncClient, database: Database
) -> None:
    await client.put("/v1/warehouses/theirs", json={"name": "Theirs", "store_id": "s2"})
    token = await a_token(database, scopes=["inventory:read", "inventory:write"], stores=["s1"])
    client.headers["Authorization"] = f"Bearer {token}"

    seen = await client.get("/v1/warehouses/theirs")
    moved_over = await client.put("/v1/warehouses/theirs", json={"name": "Mine", "store_id": "s1"})
    opened = await client.put("/v1/warehouses/new", json={"name": "New", "store_id": "s2"})

    assert (seen.status_code, moved_over.status_code, opened.status_code) == (404, 404, 403)
