"""Orders of many kinds, and a plain look at every one of them, to hold a search against."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.crypto import PersonalData, parse_key
from shared.db.engine import Database
from tests.support.applications import PII_KEY
from tests.support.orders import a_payment, a_shipment, an_order, rows_of

BEGAN = datetime(2026, 10, 1, tzinfo=UTC)
PERSONAL = PersonalData(parse_key(PII_KEY))

Row = Mapping[str, Any]


def an_odd_order(number: int, chance: random.Random) -> dict[str, Any]:
    """An order that shares each of its traits with some others, and all of them with none."""
    placed = BEGAN + timedelta(hours=chance.randrange(300))
    body = an_order(
        f"E-{number}",
        store_id=chance.choice(("s1", "s3", "s4")),
        placed_at=placed.isoformat(),
        kind=chance.choice(("normal", "normal", "cod", "presale")),
        agent=chance.choice((None, "S1", "S2")),
        lines=[
            {"sku": chance.choice((None, "tea", "cup")), "quantity": 1, "unit_price": "30.00"}
            for _ in range(2)
        ],
        postage="0.50",
        discount="0",
        buyer={
            "account": f"buyer_{chance.randrange(9)}",
            "name": f"王{chance.randrange(9)}",
            "phone": f"138{chance.randrange(9)}",
            "province": chance.choice(("浙江", "广东", None)),
        },
    )
    return body | _fate(body, placed, chance)


def _fate(body: Row, placed: datetime, chance: random.Random) -> dict[str, Any]:
    paid = (placed + timedelta(hours=chance.randrange(40))).isoformat()
    ways: dict[str, Any] = {
        "method": chance.choice((None, "alipay", "wechat")),
        "channel": chance.choice((None, "app", "web")),
    }
    if body["kind"] == "presale" and chance.random() < 0.7:
        parts = [("20.00", "alipay"), ("40.50", chance.choice(("alipay", "wechat")))]
        told = [a_payment(amount, paid_at=paid, method=way) for amount, way in parts]
        return {"payments": told[: chance.choice((1, 2))]}
    if chance.random() < 0.2:
        return {"cancelled_at": (placed + timedelta(hours=60)).isoformat()}
    if body["kind"] == "presale" or chance.random() < 0.2:
        return {}
    fate: dict[str, Any] = {"payments": [a_payment(paid_at=paid, **ways)]}
    if chance.random() < 0.7:
        sent = (placed + timedelta(hours=50)).isoformat()
        fate["shipments"] = [a_shipment(waybill=f"W-{chance.randrange(50)}", shipped_at=sent)]
        if chance.random() < 0.5:
            fate["completed_at"] = (placed + timedelta(hours=90)).isoformat()
    if chance.random() < 0.3:
        amount = chance.choice(("60.50", "7.00"))
        back = (placed + timedelta(hours=100)).isoformat()
        fate["refunds"] = [{"amount": amount, "requested_at": back, "paid_at": back}]
    return fate


class Truth:
    """Every order with what belongs to it, looked at one by one."""

    def __init__(self, orders: Sequence[Row], children: Mapping[str, Sequence[Row]]) -> None:
        self.orders = orders
        self._children = children

    @classmethod
    async def read(cls, database: Database) -> "Truth":
        tables = ("order_lines", "payments", "shipments")
        return cls(
            await rows_of(database, "orders"),
            {table: await rows_of(database, table) for table in tables},
        )

    def of(self, order: Row, table: str, column: str) -> set[Any]:
        """What the order's rows of a table have in a column."""
        rows = self._children[table]
        return {row[column] for row in rows if row["order_id"] == order["order_id"]}

    def passes(self, order: Row, name: str, value: str) -> bool:
        return bool(CHECKS[name](self, order, value))

    def found(self, asked: Mapping[str, str]) -> list[str]:
        """The ids of the orders that a search is to find, in its order."""
        ranges = ("paid", "shipped", "placed")
        by = next(
            (f"{n}_at" for n in ranges if {f"{n}_from", f"{n}_to"} & asked.keys()), "placed_at"
        )
        names = asked if {"number", "external_id", "waybill"} & asked.keys() else {}
        is_wide = bool(names) or asked.get("archived") == "true"
        rows = [
            order
            for order in self.orders
            if (is_wide or order["archived_at"] is None)
            and all(self.passes(order, name, value) for name, value in asked.items())
        ]
        rows.sort(key=lambda order: (order[by], order["order_id"]), reverse=True)
        return [order["order_id"] for order in rows]


def _payment_status(order: Row) -> str:
    paid, back = order["paid_minor"], order["refunded_minor"]
    if back:
        return "refunded" if back == paid else "part_refunded"
    if order["paid_at"] is not None:
        more = paid - order["total_minor"]
        return "paid" if not more else "overpaid" if more > 0 else "underpaid"
    return "part_paid" if paid else "unpaid"


def _column(name: str) -> Callable[[Truth, Row, str], bool]:
    return lambda _, order, value: order[name] == value


def _hashed(name: str) -> Callable[[Truth, Row, str], bool]:
    return lambda _, order, value: order[f"{name}_hash"] == PERSONAL.hash(value)


def _child(table: str, column: str) -> Callable[[Truth, Row, str], bool]:
    return lambda truth, order, value: value in truth.of(order, table, column)


def _since(moment: str, *, is_end: bool) -> Callable[[Truth, Row, str], bool]:
    def check(_: Truth, order: Row, value: str) -> bool:
        at, limit = order[f"{moment}_at"], datetime.fromisoformat(value)
        return at is not None and (at < limit if is_end else at >= limit)

    return check


CHECKS: dict[str, Callable[[Truth, Row, str], bool]] = {
    "stores": lambda _, order, value: order["store_id"] in value.split(","),
    "platform": lambda _, order, value: (order["store_id"] != "s1") is (value == "jd"),
    "status": lambda _, order, value: order["status"] in value.split(","),
    "payment_status": lambda _, order, value: _payment_status(order) == value,
    "payment_method": _child("payments", "method"),
    "payment_channel": _child("payments", "channel"),
    **{name: _column(name) for name in ("agent", "kind", "flag", "province", "external_id")},
    "sku": _child("order_lines", "sku"),
    "number": lambda _, order, value: value in (order["external_id"], order["order_id"]),
    "waybill": _child("shipments", "waybill"),
    **{name: _hashed(name) for name in ("buyer_account", "buyer_name", "buyer_phone")},
    "archived": lambda *_: True,
    **{f"{m}_from": _since(m, is_end=False) for m in ("placed", "paid", "shipped")},
    **{f"{m}_to": _since(m, is_end=True) for m in ("placed", "paid", "shipped")},
}
