"""The lists that a shop works from, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from services.orders.jobs import Measuring
from services.orders.metrics import WORKLIST_ORDERS
from services.orders.repository.worklists import WORKLISTS
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.orders import a_payment, a_refund, a_shipment, orders_client, stated
from tests.support.people import kind_of


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def paid(hours: float) -> dict[str, Any]:
    return {"placed_at": ago(hours), "payments": [a_payment(paid_at=ago(hours))]}


async def on_list(client: httpx.AsyncClient, name: str, query: str = "") -> list[str]:
    answer = await client.get(f"/v1/worklists/orders/{name}{query}")
    assert answer.status_code == 200, answer.text
    return [order["external_id"] for order in answer.json()["items"]]


async def lists_of(client: httpx.AsyncClient, external_id: str) -> set[str]:
    return {name for name in WORKLISTS if external_id in await on_list(client, name)}


async def act(client: httpx.AsyncClient, path: str, *steps: str) -> None:
    for step in steps:
        answer = await client.post(f"{path}/{step}")
        assert answer.status_code == 200, answer.text


async def test_unpaid_order_is_chased_by_its_owner_then_by_anyone(
    client: httpx.AsyncClient,
) -> None:
    for hours in (11.9, 12.1, 24.1):
        await stated(client, external_id=f"after {hours}", placed_at=ago(hours))
    await stated(client, external_id="cod", kind="cod", placed_at=ago(30))
    await stated(client, external_id="history", placed_at=ago(30), backfill=True)

    assert await on_list(client, "unpaid") == ["after 24.1", "after 12.1"]
    assert await on_list(client, "unpaid_open") == ["after 24.1"]


async def test_order_wanders_from_list_to_list(client: httpx.AsyncClient) -> None:
    path = await stated(client, **paid(1))
    seen = [await lists_of(client, "A-1")]
    for step in ("verification", "audit", "printing", "picking", "check", "packing"):
        await act(client, path, step)
        seen.append(await lists_of(client, "A-1"))
    await client.post(f"{path}/shipments", json=a_shipment(external_id="s", shipped_at=ago(0.5)))
    seen.append(await lists_of(client, "A-1"))

    assert seen == [
        {"to_verify"},
        {"to_audit"},
        {"to_print"},
        {"to_pick"},
        {"to_pack"},
        {"to_pack"},
        {"to_ship"},
        set(),
    ]


async def test_held_order_stands_on_its_own_list_alone(client: httpx.AsyncClient) -> None:
    path = await stated(client, **paid(1))

    await client.post(f"{path}/fraud-hold", json={"reason": "stolen card"})

    assert await lists_of(client, "A-1") == {"held"}


async def test_shipping_is_overdue_after_the_earlier_of_both_limits(
    client: httpx.AsyncClient, database: Database
) -> None:
    await stated(client, **paid(20))
    await stated(client, external_id="late", **paid(25))
    before = await on_list(client, "shipping_overdue")

    settings = {**effective({}), "orders.promised_ship_hours": 12}
    await open_store(database, "s1", version=2, settings=settings)

    assert before == ["late"]
    assert await on_list(client, "shipping_overdue") == ["late", "A-1"]


async def test_cash_on_delivery_is_to_be_shipped_from_its_placing(
    client: httpx.AsyncClient,
) -> None:
    await stated(client, kind="cod", placed_at=ago(23))
    await stated(client, external_id="late", kind="cod", placed_at=ago(25))

    assert await on_list(client, "shipping_overdue") == ["late"]


async def test_refund_under_way_and_delivery_days_ago_are_listed(
    client: httpx.AsyncClient,
) -> None:
    refunded = await stated(client, external_id="refunded", **paid(5))
    await client.post(
        f"{refunded}/refunds", json=a_refund("10.00", external_id="r", requested_at=ago(1))
    )
    delivered = await stated(
        client,
        external_id="delivered",
        shipments=[a_shipment(shipped_at=ago(99))],
        delivered_at=ago(73),
        **paid(100),
    )

    await stated(
        client,
        external_id="long ago",
        shipments=[a_shipment(shipped_at=ago(1499))],
        delivered_at=ago(60 * 24 + 1),
        **paid(1500),
    )

    assert await on_list(client, "in_refund") == ["refunded"]
    assert await on_list(client, "to_follow_up") == ["delivered"]
    await act(client, delivered, "follow-up")
    assert await on_list(client, "to_follow_up") == []


async def test_lists_come_in_pages_and_by_store(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await stated(client, external_id=f"A-{number}", **paid(9 - number))
    await stated(client, external_id="J", store_id="s2", **paid_in_yen())

    first = (await client.get("/v1/worklists/orders/to_verify?stores=s1&limit=2")).json()
    cursor = first["next_cursor"]
    second = (await client.get(f"/v1/worklists/orders/to_verify?stores=s1&cursor={cursor}")).json()
    shown = {each["name"]: each for each in (await client.get("/v1/worklists/orders")).json()}

    assert [order["external_id"] for order in first["items"]] == ["A-0", "A-1"]
    assert [order["external_id"] for order in second["items"]] == ["A-2"]
    assert second["next_cursor"] is None
    assert shown["to_verify"]["stores"] == {"s1": 3, "s2": 1}
    assert shown["to_verify"]["orders"] == 4
    assert shown["to_verify"]["names"]["zh"] == "待核对"
    assert shown["to_print"]["orders"] == 0


def paid_in_yen() -> dict[str, Any]:
    lines = [{"sku": "tea", "quantity": 1, "unit_price": "600"}]
    sums = {"lines": lines, "postage": "0", "discount": "0"}
    return {**paid(1), **sums, "payments": [a_payment("600", paid_at=ago(1))]}


async def test_lists_hold_the_callers_stores_alone(database: Database) -> None:
    async with orders_client(database) as owner:
        await stated(owner, **paid(1))
    async with orders_client(database, stores=["s2"], scopes=["orders:read"]) as stranger:
        shown = (await stranger.get("/v1/worklists/orders")).json()
        foreign = await stranger.get("/v1/worklists/orders/to_verify?stores=s1")

        assert await on_list(stranger, "to_verify") == []
    assert {each["orders"] for each in shown} == {0}
    assert (foreign.status_code, kind_of(foreign)) == (403, "store-forbidden")


@pytest.mark.parametrize(
    ("url", "status", "kind"),
    [
        ("/v1/worklists/orders/nonsense", 404, "worklist-unknown"),
        ("/v1/worklists/orders/unpaid?cursor=x", 400, "bad-cursor"),
        ("/v1/worklists/orders/unpaid?limit=0", 400, "bad-parameter"),
        ("/v1/worklists/orders?page=2", 400, "bad-parameter"),
    ],
)
async def test_bad_question_is_refused(
    client: httpx.AsyncClient, url: str, status: int, kind: str
) -> None:
    answer = await client.get(url)

    assert (answer.status_code, kind_of(answer)) == (status, kind)


async def test_gauges_say_how_many_wait(client: httpx.AsyncClient, database: Database) -> None:
    path = await stated(client, **paid(30))
    await Measuring(database).measure()
    before = gauges()
    await act(client, path, "verification")

    await Measuring(database).measure()

    assert before == {("to_verify", "s1"): 1, ("shipping_overdue", "s1"): 1}
    assert gauges() == {("to_audit", "s1"): 1, ("shipping_overdue", "s1"): 1}


def gauges() -> dict[tuple[str, str], float]:
    (family,) = WORKLIST_ORDERS.collect()
    return {
        (sample.labels["worklist"], sample.labels["store_id"]): sample.value
        for sample in family.samples
    }
