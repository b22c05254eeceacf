"""What buyers want otherwise, over HTTP: the red flag, its note, and who may read it."""

import json
from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from services.orders.app import SERVICE
from shared.db.engine import Database
from tests.support.applications import an_application, open_store
from tests.support.orders import a_payment, payloads_of, rows_of, stated, types_of
from tests.support.people import kind_of, pointers

BUYER = {"account": "li", "name": "李四", "phone": "13812345678", "address": "西湖路1号"}
PAID: dict[str, Any] = {"payments": [a_payment()], "buyer": {**BUYER, "province": "浙江省"}}
MOVE = {"address": "中山路2号", "province": "江苏省", "at": "2026-11-20T23:30:00Z"}


async def on_list(client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    page = (await client.get(f"/v1/worklists/orders/{name}")).json()
    return list(page["items"])


async def printed(client: httpx.AsyncClient) -> str:
    path = await stated(client, **PAID)
    for step in ("verification", "audit", "printing"):
        assert (await client.post(f"{path}/{step}")).is_success
    return path


async def test_new_address_reaches_the_printing_list_at_once(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await printed(client)
    assert await on_list(client, "to_print") == []

    answer = await client.post(f"{path}/delivery-change", json=MOVE)
    again = await client.post(f"{path}/delivery-change", json=MOVE)

    order = answer.json()["order"]
    assert (answer.status_code, order["status"], order["flag"]) == (200, "audited", "red")
    assert (order["buyer"]["address"], order["buyer"]["province"]) == ("中山路2号", "江苏省")
    assert again.json()["outcome"] == "unchanged"
    for name in ("to_print", "changed"):
        (listed,) = await on_list(client, name)
        assert listed["flag_note"].endswith("客户要求修改地址,新地址为江苏省 ***")
        assert listed["flag_note"].startswith("2026-11-21 "), "the store's own day"
    told = dict(zip(await types_of(database), await payloads_of(database), strict=True))
    changed = told["delivery_changed"]
    assert (changed["changes"], changed["previous_province"]) == (["address"], "浙江省")
    assert "中山路" not in json.dumps(await payloads_of(database), ensure_ascii=False)
    for table in ("orders", "order_notes", "audit_trail"):
        rows = await rows_of(database, table)
        assert "中山路" not in repr(rows), f"{table} keeps it sealed"


async def test_note_of_an_address_is_whole_for_those_who_may_read_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    await client.post(f"{path}/delivery-change", json={**MOVE, "phone": "13900001111"})

    whole = (await client.get(f"{path}/notes")).json()[0]["text"]
    async with an_application(
        "orders", database, SERVICE.routers, scopes=("orders:read",)
    ) as stranger:
        masked = (await stranger.get(f"{path}/notes")).json()[0]["text"]

    assert whole.endswith("新地址为江苏省 中山路2号 13900001111")
    assert masked.endswith("新地址为江苏省 *** 13*******11")


async def test_other_model_is_sent_at_the_same_price(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)

    answer = await client.post(f"{path}/goods-change", json={"line_no": 1, "sku": "tea-2"})
    unknown = await client.post(f"{path}/goods-change", json={"line_no": 9, "sku": "tea-2"})

    order = answer.json()["order"]
    assert [line["sku"] for line in order["lines"]] == ["tea-2", "cup"]
    assert order["total"] == order["paid"]
    assert "客户拍下Tea,要求修改成tea-2,已修改妥当" in order["flag_note"]
    assert (unknown.status_code, pointers(unknown)) == (422, ["/line_no"])
    (changed,) = [told for told in await payloads_of(database) if "previous_lines" in told]
    assert [line["sku"] for line in changed["previous_lines"]] == ["tea", "cup"]


async def test_special_requests_are_kept_and_told_without_words(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, **PAID)
    wishes = {"courier": "EMS", "card_text": "生日快乐", "invoice_title": "某公司"}

    answer = await client.post(f"{path}/special-requests", json=wishes)
    more = await client.post(f"{path}/special-requests", json={"delivery_time": "周末"})

    assert more.json()["order"]["requests"] == {**wishes, "delivery_time": "周末"}
    assert answer.json()["order"]["flag_note"].endswith("快递:EMS、发票抬头:***、贺卡内容:***")
    told = [event["changes"] for event in await payloads_of(database) if "changes" in event]
    assert told == [["courier", "invoice", "card"], ["delivery_time"]]
    assert "生日快乐" not in repr(await rows_of(database, "orders"))


async def test_store_words_its_notes_itself(client: httpx.AsyncClient, database: Database) -> None:
    path = await stated(client, **PAID)
    own = {"attribute": "{before}→{after}", "address": "x", "special": "y"}
    settings = {**effective({}), "orders.change_notes": own, "orders.changed_flag": "yellow"}
    await open_store(database, "s1", version=2, settings=settings)

    answer = await client.post(f"{path}/goods-change", json={"line_no": 2, "sku": "bowl"})

    order = answer.json()["order"]
    assert (order["flag"], order["flag_note"]) == ("yellow", "cup→bowl")


@pytest.mark.parametrize(
    ("route", "body", "pointer"),
    [
        ("delivery-change", {}, ""),
        ("delivery-change", {"province": "上海", "street": "x"}, "/street"),
        ("delivery-change", {"address": ""}, "/address"),
        ("goods-change", {"line_no": 0, "sku": "x"}, "/line_no"),
        ("goods-change", {"line_no": 1}, "/sku"),
        ("special-requests", {}, ""),
        ("special-requests", {"courier": "SF", "at": "2026-11-20T10:00:00"}, "/at"),
        ("chase-claim", {"chased_order_id": "../x"}, "/chased_order_id"),
    ],
)
async def test_bodies_that_do_not_fit_are_refused(
    client: httpx.AsyncClient, route: str, body: dict[str, Any], pointer: str
) -> None:
    path = await stated(client)

    answer = await client.post(f"{path}/{route}", json=body)

    assert (answer.status_code, pointers(answer)) == (422, [pointer])


async def test_foreign_orders_are_neither_changed_nor_claimed(
    client: httpx.AsyncClient, database: Database
) -> None:
    path, other = await stated(client, store_id="s1"), await stated(client, external_id="A-2")
    claim = {"chased_order_id": other.rpartition("/")[2]}
    async with an_application(
        "orders", database, SERVICE.routers, scopes=("admin",), stores=("s2",)
    ) as stranger:
        answers = [
            await stranger.post(f"{path}/delivery-change", json=MOVE),
            await stranger.post(f"{path}/chase"),
            await stranger.post(f"{path}/chase-claim", json=claim),
        ]

    assert {(answer.status_code, kind_of(answer)) for answer in answers} == {(404, "order-unknown")}


async def test_chase_is_won_by_who_asked_last(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await stated(client, agent="S7", buyer=BUYER)
    early = await client.post(f"{path}/chase", json={"at": "2026-11-21T10:00:00+08:00"})
    chased = await client.post(f"{path}/chase", json={"at": "2026-11-21T21:00:00+08:00"})
    anew = await stated(
        client, external_id="A-2", buyer=BUYER, placed_at="2026-11-21T22:00:00+08:00"
    )

    claimed = await client.post(
        f"{anew}/chase-claim", json={"chased_order_id": path.rpartition("/")[2]}
    )
    paid = await client.post(
        f"{anew}/payments", json=a_payment(external_id="p", paid_at="2026-11-21T22:05:00+08:00")
    )

    assert (early.status_code, kind_of(early)) == (409, "chase-refused")
    staff = chased.json()["order"]["chaser"]
    assert (claimed.json()["order"]["chaser"], paid.json()["order"]["agent"]) == (staff, staff)
    told = dict(zip(await types_of(database), await payloads_of(database), strict=True))
    assert told["chase_won"]["chased_order_id"] == path.rpartition("/")[2]
    assert (told["chase_won"]["chaser"], told["chase_won"]["level"]) == (staff, "open")
    assert told["order_attributed"]["rule"] == "chaser"
