"""Orders as they are shown."""

import httpx
import pytest

from shared.db.engine import Database
from tests.support.orders import a_payment, an_order, orders_client

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
    assert answer.json() == created.json()["order"]
