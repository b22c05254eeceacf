"""Waybills and picking lists over HTTP: which orders, in which order, seen by whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.directory.thresholds.catalogue import effective
from shared.db.engine import Database
from tests.support.applications import open_store
from tests.support.orders import a_payment, an_order, counts_of, orders_client, rows_of
from tests.support.pdf import pages_of, texts_of
from tests.support.people import kind_of

BUYER = {"name": "王小明", "phone": "13812345678", "address": "文三路 100 号", "province": "浙江"}


async def audited(client: httpx.AsyncClient, count: int, **values: Any) -> list[str]:
    """So many audited orders A-0, A-1 … placed one after the other."""
    start = datetime.now(UTC) - timedelta(hours=5)
    rows = []
    for number in range(count):
        moment = (start + timedelta(minutes=number)).isoformat()
        paid = a_payment(paid_at=(start + timedelta(minutes=60 - number)).isoformat())
        told = {"placed_at": moment, "payments": [paid], "buyer": BUYER, **values}
        rows.append(an_order(f"A-{number}", **told))
    answer = await client.post("/v1/orders:batch", json=rows)
    ids = [each["order_id"] for each in answer.json()["outcomes"]]
    for verb in ("verify", "audit"):
        done = await client.post(f"/v1/orders:{verb}", json=[{"order_id": each} for each in ids])
        assert done.json()["counts"]["updated"] == count, done.text
    return ids


async def document(client: httpx.AsyncClient, kind: str, **wanted: Any) -> httpx.Response:
    return await client.post(f"/v1/orders:{kind}", json=wanted)


async def numbers_on(client: httpx.AsyncClient, name: str, limit: int = 2) -> list[str]:
    """The orders of a list, walked in pages."""
    found: list[str] = []
    query = ""
    while True:
        url = f"/v1/worklists/orders/{name}?limit={limit}{query}"
        page = (await client.get(url)).json()
        found += [order["external_id"] for order in page["items"]]
        if page["next_cursor"] is None:
            return found
        query = f"&cursor={page['next_cursor']}"


async def printed_numbers(client: httpx.AsyncClient, **wanted: Any) -> list[str]:
    answer = await document(client, "waybills", **wanted)
    assert answer.status_code == 200, answer.text
    told = [texts_of(page) for page in pages_of(answer.content)]
    return [next(t for t in texts if t.startswith("订单 "))[3:] for texts in told]


async def test_work_stands_in_one_order_everywhere(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await audited(client, 6)
    await client.post(f"/v1/orders/{ids[5]}/urgent-mark", json={"reason": "waits at the airport"})
    await client.post(
        f"/v1/orders/{ids[3]}/notes", json={"text": "gift"}, headers={"Idempotency-Key": "n"}
    )
    await client.post("/v1/orders:batch", json=[])
    other = await client.post("/v1/orders", json=an_order("SF", payments=[a_payment()]))
    fast = other.json()["order"]["order_id"]
    await client.post(f"/v1/orders/{fast}/verification", json={"courier": "顺丰速运"})
    await client.post(f"/v1/orders/{fast}/audit")
    expected = ["A-5", "SF", "A-3", "A-0", "A-1", "A-2", "A-4"]

    assert await numbers_on(client, "to_print") == expected
    assert await printed_numbers(client, worklist="to_print") == expected
    assert await printed_numbers(client, order_ids=[*ids, fast]) == expected
    assert await printed_numbers(client, worklist="to_print", first=2) == expected[:2]
    await client.post("/v1/orders:print", json=[{"order_id": each} for each in (*ids, fast)])
    assert await numbers_on(client, "to_pick") == expected


async def test_order_of_work_is_as_the_store_has_set_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await audited(client, 3)
    await client.post(f"/v1/orders/{ids[2]}/urgent-mark", json={"reason": "hurry"})
    chosen = {"orders.campaign_priority": ["noted"], "orders.picking_order": "paid"}
    await open_store(database, "s1", version=2, settings={**effective({}), **chosen})

    assert await numbers_on(client, "to_print") == ["A-2", "A-1", "A-0"], "urging writes a note"
    chosen["orders.campaign_priority"] = []
    await open_store(database, "s1", version=3, settings={**effective({}), **chosen})
    assert await numbers_on(client, "to_print") == ["A-2", "A-1", "A-0"], "paid in this order"
    chosen["orders.picking_order"] = "placed"
    await open_store(database, "s1", version=4, settings={**effective({}), **chosen})
    assert await numbers_on(client, "to_print") == ["A-0", "A-1", "A-2"]


async def test_printing_again_is_counted_and_changes_no_state(
    client: httpx.AsyncClient, database: Database
) -> None:
    ids = await audited(client, 2)
    before = await counts_of(database, ["event_log", "order_receipts"])

    first = await document(client, "waybills", order_ids=ids)
    again = await document(client, "waybills", order_ids=[ids[1], ids[0], ids[0]])
    await document(client, "picking-list", order_ids=ids)

    assert first.headers["content-type"] == "application/pdf"
    assert "补打 1" not in texts_of(pages_of(first.content)[0])
    assert "补打 1" in texts_of(pages_of(again.content)[0])
    assert len(pages_of(again.content)) == 2
    shown = (await client.get(f"/v1/orders/{ids[0]}/documents")).json()
    assert [(each["kind"], each["copies"]) for each in shown] == [
        ("picking_list", 1),
        ("waybill", 2),
    ]
    assert {row["status"] for row in await rows_of(database, "orders")} == {"audited"}
    assert await counts_of(database, ["event_log", "order_receipts"]) == before
    trail = await rows_of(database, "audit_trail", "id")
    printed = [line for line in trail if line["action"] == "waybill.printed"]
    assert [line["after"]["copies"] for line in printed] == [1, 1, 2, 2]


@pytest.mark.parametrize("scopes", [["shipments:write"], ["shipments:write", "pii:read"]])
async def test_buyers_data_is_clear_only_for_who_may_read_it(
    database: Database, scopes: list[str]
) -> None:
    async with orders_client(database) as owner:
        ids = await audited(owner, 1)
    async with orders_client(database, scopes=scopes) as clerk:
        pdf = await document(clerk, "waybills", order_ids=ids)
        table = (await document(clerk, "waybills", order_ids=ids, format="csv")).text

    texts = texts_of(pages_of(pdf.content)[0])
    is_clear = "pii:read" in scopes
    assert ("王小明  13812345678" in texts) == is_clear
    assert ("王**  13*******78" in texts) != is_clear
    assert ("文三路" in table) == is_clear
    trail = await rows_of(database, "audit_trail", "id")
    assert [line["after"]["is_masked"] for line in trail[-2:]] == [not is_clear] * 2


async def test_picking_list_is_a_table_too(client: httpx.AsyncClient) -> None:
    await audited(client, 3)

    answer = await document(client, "picking-list", worklist="to_print", format="csv")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.decode("utf-8-sig").splitlines()[1:] == [
        "cup,,3,A-0×1 A-1×1 A-2×1",
        "tea,Tea,6,A-0×2 A-1×2 A-2×2",
        "合计,,9,",
    ]


async def test_what_may_not_be_printed_is_refused_whole(
    client: httpx.AsyncClient, database: Database
) -> None:
    [order_id] = await audited(client, 1)
    paid = await client.post("/v1/orders", json=an_order("paid", payments=[a_payment()]))
    unready = paid.json()["order"]["order_id"]
    before = await counts_of(database)

    unaudited = await document(client, "waybills", order_ids=[order_id, unready])
    unknown = await document(client, "picking-list", order_ids=[order_id, "ord_x"])
    empty = await document(client, "waybills", worklist="to_ship")
    async with orders_client(database, stores=["s2"]) as stranger:
        foreign = await document(stranger, "waybills", order_ids=[order_id])
        forbidden = await document(stranger, "waybills", worklist="to_print", stores=["s1"])

    assert (unaudited.status_code, kind_of(unaudited)) == (409, "not-printable")
    assert (unknown.status_code, kind_of(unknown)) == (404, "order-unknown")
    assert (empty.status_code, kind_of(empty)) == (409, "nothing-to-print")
    assert (foreign.status_code, kind_of(foreign)) == (404, "order-unknown")
    assert (forbidden.status_code, kind_of(forbidden)) == (403, "store-forbidden")
    assert await counts_of(database) == before


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"order_ids": []},
        {"order_ids": ["a"], "worklist": "to_print"},
        {"worklist": "unpaid"},
        {"worklist": "to_print", "first": 1001},
        {"order_ids": ["a"], "format": "doc"},
        {"order_ids": ["a b"]},
    ],
)
async def test_bad_wish_is_refused(client: httpx.AsyncClient, wanted: dict[str, Any]) -> None:
    answer = await document(client, "waybills", **wanted)

    assert answer.status_code == 422, answer.text
