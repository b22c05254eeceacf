"""Orders as they are shown."""

from typing import Any

import httpx
import pytest

from services.orders.schemas.views import FoundOrderView
from shared.db.engine import Database
from shared.web.pages import ChangesPage
from tests.support.orders import a_payment, an_order, orders_client
from tests.support.people import kind_of

BUYER = {
    "account": "tb_wang",
    "name": "王小明",
    "phone": "13812345678",
    "address": "文三路1号",
    "province": "浙江",
    "city": "杭州",
}


@pytest.fixture
async def filled(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Five orders of s1, the first two paid, the first by a known buyer; one order of s2."""
    rows = [an_order(f"L-{number}") for number in range(5)]
    rows[0] |= {"buyer": BUYER, "payments": [a_payment()]}
    rows[1] |= {"payments": [a_payment()]}
    yen = an_order("L-5", store_id="s2", lines=[{"quantity": 1, "unit_price": "80"}])
    rows.append(yen | {"postage": "0", "discount": "0"})
    answer = await client.post("/v1/orders:batch", json=rows)
    assert answer.json()["counts"]["created"] == 6, answer.text
    return client


def names(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(item["external_id"] for item in answer.json()["items"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["L-0", "L-1", "L-2", "L-3", "L-4", "L-5"]),
        ("stores=s2", ["L-5"]),
        ("stores=s1,s2&status=paid", ["L-0", "L-1"]),
        ("external_id=L-3", ["L-3"]),
        ("number=L-3&stores=s2", []),
        ("status=paid&status=placed&stores=s1", ["L-0", "L-1", "L-2", "L-3", "L-4"]),
        ("buyer_name=王小明&buyer_phone=１３８12345678", ["L-0"]),
        ("province=浙江&payment_status=paid", ["L-0"]),
        ("sku=tea&kind=normal&payment_status=unpaid", ["L-2", "L-3", "L-4"]),
        ("paid_from=2026-11-20T20:05:00%2B08:00&paid_to=2026-11-20T12:05:01Z", ["L-0", "L-1"]),
        ("paid_to=2026-11-20T12:05:00Z", []),
        ("platform=tmall&agent=nobody", []),
        ("buyer_account=TB_Wang", ["L-0"]),
        ("buyer_account=nobody", []),
        ("updated_since=2026-01-01T00:00:00Z&status=placed", ["L-2", "L-3", "L-4", "L-5"]),
        ("updated_since=2026-01-01T08:00:00%2B08:00&stores=s2", ["L-5"]),
    ],
)
async def test_list_holds_what_is_asked_for(
    filled: httpx.AsyncClient, query: str, found: list[str]
) -> None:
    assert names(await filled.get(f"/v1/orders?{query}")) == found


async def test_page_shows_an_order_as_it_is_shown_alone(filled: httpx.AsyncClient) -> None:
    page = (await filled.get("/v1/orders?updated_since=2026-01-01T00:00:00Z")).json()
    worklist = (await filled.get("/v1/worklists/orders/to_verify")).json()

    assert ChangesPage[FoundOrderView].model_validate(page).model_dump(mode="json") == page
    shown = [await filled.get(f"/v1/orders/{item['order_id']}") for item in page["items"]]
    assert page["items"] == [answer.json() for answer in shown]
    assert worklist["items"] == [item for item in page["items"] if item["status"] == "paid"]


async def test_pages_hold_each_order_once(filled: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursors: list[str | None] = []
    query = "limit=2"
    while not cursors or cursors[-1] is not None:
        answer = await filled.get(f"/v1/orders?{query}")
        seen.extend(names(answer))
        cursors.append(answer.json()["next_cursor"])
        query = f"limit=2&cursor={cursors[-1]}"

    assert sorted(seen) == [f"L-{number}" for number in range(6)]
    assert len(cursors) == 3


async def test_changes_are_pulled_from_the_watermark_on(filled: httpx.AsyncClient) -> None:
    first = await filled.get("/v1/orders")
    await filled.post("/v1/orders", json=an_order("L-4", payments=[a_payment()]))

    second = await filled.get(
        "/v1/orders", params={"updated_since": first.json()["watermark"], "status": "paid"}
    )

    assert "L-4" in names(second)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 400),
        ("limit=501", 400),
        ("cursor=nonsense", 400),
        ("status=lost", 400),
        ("status=paid,lost", 400),
        ("status=", 400),
        ("payment_status=rich", 400),
        ("kind=gift", 400),
        ("flag=pink", 400),
        ("archived=perhaps", 400),
        ("buyer_name=", 400),
        ("sku=%00", 400),
        ("placed_from=2026-01-01", 400),
        ("paid_to=2026-01-01T00:00:00", 400),
        ("stores=s1&placed_since=2026-01-01T00:00:00Z", 400),
        ("updated_since=yesterday", 400),
        ("updated_since=2026-01-01T00:00:00", 400),
        ("colour=red", 400),
    ],
)
async def test_bad_question_is_refused(client: httpx.AsyncClient, query: str, status: int) -> None:
    answer = await client.get(f"/v1/orders?{query}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_buyer_is_masked_unless_the_caller_may_see(database: Database) -> None:
    async with (
        orders_client(database) as trusted,
        orders_client(database, scopes=["orders:read"]) as reader,
    ):
        created = await trusted.post("/v1/orders", json=an_order(buyer=BUYER))
        path = f"/v1/orders/{created.json()['order']['order_id']}"

        clear = (await trusted.get(path)).json()["buyer"]
        masked = (await reader.get(path)).json()["buyer"]
        listed = (await reader.get("/v1/orders")).json()["items"][0]["buyer"]

        assert clear == {**BUYER, "is_masked": False}
        assert (
            masked
            == listed
            == {
                "account": "t**",
                "name": "王**",
                "phone": "13*******78",
                "address": "***",
                "province": "浙江",
                "city": "杭州",
                "is_masked": True,
            }
        )


async def test_order_names_its_version(client: httpx.AsyncClient) -> None:
    created = await client.post("/v1/orders", json=an_order())

    answer = await client.get(f"/v1/orders/{created.json()['order']['order_id']}")

    assert answer.headers["etag"] == '"1"'
    assert answer.json() == created.json()["order"] | {"buyer_orders": None, "stock": None}


@pytest.mark.parametrize("name", ["buyer_account", "buyer_name", "buyer_phone"])
async def test_who_may_not_see_a_buyer_may_not_try_one_out(database: Database, name: str) -> None:
    async with orders_client(database, scopes=["orders:read"]) as reader:
        answer = await reader.get("/v1/orders", params={name: "x"})
    async with orders_client(database, scopes=["orders:read", "pii:read"]) as trusted:
        allowed = await trusted.get("/v1/orders", params={name: "x"})

    assert (answer.status_code, kind_of(answer)) == (403, "scope-missing")
    assert answer.json()["scope"] == "pii:read"
    assert allowed.status_code == 200


async def test_foreign_stores_are_searched_by_nobody(
    filled: httpx.AsyncClient, database: Database
) -> None:
    assert len(names(await filled.get("/v1/orders"))) == 6
    async with orders_client(database, stores=["s2"]) as stranger:
        everything = names(await stranger.get("/v1/orders"))
        by_number = names(await stranger.get("/v1/orders?number=L-0"))
        refused = await stranger.get("/v1/orders?stores=s1")

    assert (everything, by_number) == (["L-5"], [])
    assert (refused.status_code, kind_of(refused)) == (403, "store-forbidden")


async def test_order_says_how_many_its_buyer_has(database: Database) -> None:
    async with orders_client(database) as client:
        rows = [an_order(f"B-{number}", buyer=BUYER) for number in range(4)]
        rows[0] |= {"payments": [a_payment()]}
        rows[1] |= {"payments": [a_payment()]}
        yen = an_order("B-9", store_id="s2", lines=[{"quantity": 1, "unit_price": "80"}])
        rows.append(yen | {"postage": "0", "discount": "0", "buyer": {"account": "TB_wang "}})
        await client.post("/v1/orders:batch", json=rows)
        listed = {item["external_id"]: item for item in (await get_all(client))}
        path = f"/v1/orders/{listed['B-1']['order_id']}"

        before = listed["B-0"]["buyer_orders"]
        await client.post(f"{path}/cancellation")
        after = (await client.get(path)).json()["buyer_orders"]

    async with orders_client(database, stores=["s1"]) as limited:
        own = (await limited.get(path)).json()["buyer_orders"]

    assert before == {"store": {"all": 4, "paid": 2}, "stores": {"all": 5, "paid": 2}}
    assert after == {"store": {"all": 4, "paid": 1}, "stores": {"all": 5, "paid": 1}}
    assert own == {"store": {"all": 4, "paid": 1}, "stores": {"all": 4, "paid": 1}}
    assert listed["B-9"]["buyer_orders"]["store"] == {"all": 1, "paid": 0}


async def get_all(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/v1/orders")).json()["items"]
    return items


async def test_parts_of_a_payment_found_by_each_of_their_ways(client: httpx.AsyncClient) -> None:
    parts = [
        a_payment("20.50", method="alipay", channel="app", external_id="1"),
        a_payment("40.00", method="wechat", channel="app", external_id="2"),
    ]
    await client.post("/v1/orders", json=an_order("P-1", kind="presale", payments=parts))

    found = {
        query: names(await client.get(f"/v1/orders?{query}"))
        for query in (
            "payment_method=alipay",
            "payment_method=wechat",
            "payment_method=card",
            "payment_channel=app&payment_method=wechat",
        )
    }

    assert list(found.values()) == [["P-1"], ["P-1"], [], ["P-1"]]


async def test_newest_orders_come_first_and_changes_in_their_order(
    client: httpx.AsyncClient,
) -> None:
    for number, hour in enumerate((9, 7, 8)):
        placed = f"2026-11-20T0{hour}:00:00+08:00"
        await client.post("/v1/orders", json=an_order(f"N-{number}", placed_at=placed))

    newest = await client.get("/v1/orders")
    changed = await client.get("/v1/orders?updated_since=2026-01-01T00:00:00Z")

    assert [item["external_id"] for item in newest.json()["items"]] == ["N-0", "N-2", "N-1"]
    assert [item["external_id"] for item in changed.json()["items"]] == ["N-0", "N-1", "N-2"]
