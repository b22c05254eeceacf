"""A search finds what a plain look at every order finds, in pages that hold each once."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import text

from services.orders.repository.searching import Search, bound_statement, search_orders
from services.orders.schemas.searching import OrderQuery, PaymentStatus
from services.orders.usecases.searching import search_of
from shared.db.engine import Database
from shared.web.callers import Caller
from shared.web.pages import Position
from tests.support.applications import open_store
from tests.support.databases import Databases
from tests.support.orders import orders_client, rows_of
from tests.support.searches import BEGAN, PERSONAL, Truth, an_odd_order

ORDERS = 400
ALL = Caller("S1", frozenset({"admin"}))


@pytest.fixture(scope="module")
async def filled(databases: Databases, orders_database: Database) -> Database:
    """Some hundred orders of three stores; some bear flags, some are in the archive."""
    chance = random.Random(23)
    await databases.empty(orders_database)
    await open_store(orders_database, "s3", platform="jd")
    await open_store(orders_database, "s4", platform="jd")
    async with orders_client(orders_database) as client:
        rows = [an_odd_order(number, chance) for number in range(ORDERS)]
        answer = await client.post("/v1/orders:batch", json=rows)
        assert answer.json()["counts"]["created"] == ORDERS, answer.text[:2000]
    async with orders_database.transaction() as session:
        await session.execute(
            text("""
            UPDATE orders SET flag = (ARRAY['red', 'blue', NULL])[1 + abs(hashint8(xmin::text::int8
                + hashtext(external_id))) % 3]
        """)
        )
        await session.execute(
            text("""
            UPDATE orders SET archived_at = now()
            WHERE status IN ('completed', 'cancelled') AND hashtext(external_id) % 3 = 0
        """)
        )
        await session.execute(
            text("""
            UPDATE order_lines SET shelf = orders.shelf FROM orders
            WHERE orders.order_id = order_lines.order_id
        """)
        )
        await session.execute(text("ANALYZE"))
    return orders_database


VALUES: dict[str, Sequence[str]] = {
    "stores": ("s1", "s3,s4", "s1,s3,s4"),
    "platform": ("jd", "tmall"),
    "status": ("placed", "paid", "cancelled", "completed", "paid,shipped,completed", "fraud"),
    "payment_status": get_args(PaymentStatus),
    "payment_method": ("alipay", "wechat", "cheque"),
    "payment_channel": ("app", "web", "fax"),
    "agent": ("S1", "S9"),
    "kind": ("normal", "cod", "presale"),
    "flag": ("red", "blue", "green"),
    "province": ("浙江", "西藏"),
    "sku": ("tea", "cup", "pot"),
    "number": ("E-3", "E-9999"),
    "external_id": ("E-5",),
    "waybill": ("W-3", "W-999"),
    "buyer_account": ("buyer_3", "BUYER_4"),
    "buyer_name": ("王3", "李"),
    "buyer_phone": ("1383", "139"),
    "archived": ("true", "false"),
    **{
        f"{moment}_{end}": [(BEGAN + timedelta(hours=hours)).isoformat() for hours in at]
        for moment in ("placed", "paid", "shipped")
        for end, at in (("from", (40, 150)), ("to", (170, 250)))
    },
}


RANGE = VALUES["placed_from"][0], VALUES["placed_to"][-1]


async def walked(database: Database, asked: Mapping[str, str], *, limit: int) -> list[str]:
    """The ids on all pages of a search."""
    search = search_of(OrderQuery.model_validate(asked), ALL, PERSONAL)
    found: list[str] = []
    after: Position | None = None
    async with database.reading() as session:
        while True:
            page = await search_orders(session, search, after=after, most=limit)
            found.extend(stored.order.order_id for stored in page)
            if len(page) < limit:
                return found
            last = page[-1].order
            after = Position(getattr(last, search.by), last.order_id)


async def test_every_search_and_many_combinations_find_what_a_plain_look_finds(
    filled: Database,
) -> None:
    chance = random.Random(5)
    truth = await Truth.read(filled)
    combinations = [{name: value} for name, values in VALUES.items() for value in values]
    for _ in range(150):
        names = chance.sample(list(VALUES), chance.randint(2, 4))
        combinations.append({name: chance.choice(VALUES[name]) for name in names})
    sizes = set()

    for asked in combinations:
        expected = truth.found(asked)
        sizes.add(min(len(expected), 10))
        assert await walked(filled, asked, limit=500) == expected, asked

    assert sizes >= {0, 1, 2, 10}, "the searches find nothing, few and many"


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"archived": "true"},
        {"sku": "tea"},
        {"sku": "cup", "status": "paid,completed"},
        {"payment_method": "alipay"},
        {"paid_from": "2026-10-03T00:00:00Z"},
        {"placed_from": RANGE[0], "placed_to": RANGE[1]},
        {"paid_to": RANGE[1], "archived": "true"},
        {"waybill": "W-3"},
    ],
)
async def test_small_pages_hold_each_order_once(filled: Database, asked: Mapping[str, str]) -> None:
    expected = (await Truth.read(filled)).found(asked)

    assert await walked(filled, asked, limit=7) == expected


@pytest.mark.parametrize("hours", [0, 100, 400], ids=["before", "inside", "behind"])
async def test_page_begins_at_its_cursor_wherever_the_range_ends(
    filled: Database, hours: int
) -> None:
    asked = {"placed_from": RANGE[0], "placed_to": RANGE[1], "archived": "true"}
    search = search_of(OrderQuery.model_validate(asked), ALL, PERSONAL)
    after = Position(BEGAN + timedelta(hours=hours), "ord_8")
    async with filled.reading() as session:
        found = await search_orders(session, search, after=after, most=1000)
    whole = await walked(filled, asked, limit=1000)

    behind = [order_id for order_id in whole if order_id in {one.order.order_id for one in found}]
    assert [one.order.order_id for one in found] == behind
    assert all(one.order.placed_at <= after.moment for one in found)
    assert (len(found) == len(whole), len(found) == 0) == (hours == 400, hours == 0)
    is_bounded_twice = (
        "placed_at_to" in bound_statement(search, after=after, most=9).compile().params
    )
    assert is_bounded_twice == (hours == 400), "two bounds: the scan may begin at the wider one"


async def test_archive_is_searched_only_when_asked_for(filled: Database) -> None:
    async with orders_client(filled) as client:
        hidden = next(row for row in await rows_of(filled, "orders") if row["archived_at"])

        async def finds(**asked: str) -> bool:
            answer = await client.get("/v1/orders", params={"limit": "500", **asked})
            ids = [item["order_id"] for item in answer.json()["items"]]
            return hidden["order_id"] in ids

        assert not await finds()
        assert not await finds(status=hidden["status"])
        assert await finds(archived="true")
        assert await finds(number=hidden["external_id"])
        assert await finds(number=hidden["order_id"], status=hidden["status"])
        assert await finds(updated_since="2026-01-01T00:00:00Z"), "who pulls is told all"


INDEXES = {
    "status": "ix_orders_search_shelf",
    "payment_status": "ix_orders_search_payment_status",
    "payment_method": "ix_orders_search_payment_method",
    "payment_channel": "ix_orders_search_payment_channel",
    "agent": "ix_orders_search_agent",
    "kind": "ix_orders_search_kind",
    "flag": "ix_orders_search_flag",
    "province": "ix_orders_search_province",
    "sku": "ix_order_lines_search_sku",
    "number": "uq_orders_store_id_external_id",
    "external_id": "uq_orders_store_id_external_id",
    "waybill": "ix_shipments_waybill",
    "buyer_account": "ix_orders_search_buyer_account",
    "buyer_name": "ix_orders_search_buyer_name",
    "buyer_phone": "ix_orders_search_buyer_phone",
    "placed_from": "ix_orders_search_shelf",
    "paid_from": "ix_orders_search_paid_at",
    "shipped_from": "ix_orders_search_shipped_at",
    "updated_since": "ix_orders_store_id_updated_at_order_id",
}
RARE = {"kind": "presale", "payment_status": "refunded"}


@pytest.mark.parametrize("name", INDEXES)
async def test_every_search_is_answered_by_its_index(filled: Database, name: str) -> None:
    value = RARE.get(name) or VALUES.get(name, [BEGAN.isoformat()])[0]
    search = search_of(OrderQuery.model_validate({name: value, "limit": 20}), ALL, PERSONAL)

    plan = await plan_of(filled, search)

    assert INDEXES[name] in plan, plan
    for table in ("orders", "order_lines", "shipments"):
        assert f"Seq Scan on {table}" not in plan, plan


async def plan_of(database: Database, search: Search) -> str:
    """How the server would run a search if the tables were large: not by reading all of one."""
    statement = bound_statement(search, after=None, most=21)
    async with database.reading() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        await session.execute(text("SET LOCAL enable_bitmapscan = off"))
        explained = text(f"EXPLAIN {statement.text}").bindparams(
            **{name: found.value for name, found in statement.compile().binds.items()}
        )
        return "\n".join((await session.execute(explained)).scalars())
