"""5,000 orders of a marketplace with their payments: what came in is kept to the cent."""

import gzip
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.orders.app import SERVICE
from shared.db.engine import Database
from shopfleet.importers.drafts import Draft, Rejection
from tests.real_input.olist_payments_loader import FOLDER, STORE, load_orders
from tests.support.applications import an_application, open_store
from tests.support.databases import Databases
from tests.support.orders import payloads_of, rows_of

pytestmark = [pytest.mark.real_data, pytest.mark.db, pytest.mark.timeout(300)]

ORDERS, WITHOUT_ITEMS, PAYMENTS = 4_966, 34, 5_160
DIFFER, BY_A_CENT = 13, 11
"""So many orders were paid other than they cost, and as many by a single cent."""
BATCH_ROWS = 1000


class Recomputed:
    """What each order costs and what came in for it, in cents, straight from the files."""

    def __init__(self, folder: Path) -> None:
        self.payments = _read(folder, "order_payments").with_columns(cents=_cents("payment_value"))
        cost = (
            _read(folder, "order_items")
            .with_columns(cents=_cents("price") + _cents("freight_value"))
            .group_by("order_id")
            .agg(cost=pl.col("cents").sum())
        )
        paid = self.payments.group_by("order_id").agg(paid=pl.col("cents").sum())
        self.orders = cost.join(paid, on="order_id", how="full", coalesce=True)

    def sums(self) -> dict[str, tuple[int, int]]:
        """Cost and money by order."""
        return {number: (cost, paid) for number, cost, paid in self.orders.iter_rows()}

    def differences(self) -> dict[str, int]:
        """By how much the payments of an order miss what it costs, where they do."""
        wrong = self.orders.filter(pl.col("cost") != pl.col("paid"))
        return {number: paid - cost for number, cost, paid in wrong.iter_rows()}


def _read(folder: Path, name: str) -> pl.DataFrame:
    with gzip.open(folder / FOLDER / f"olist_{name}_dataset.csv.gz") as file:
        return pl.read_csv(file.read(), infer_schema_length=0)


def _cents(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Decimal(12, 2)) * 100).cast(pl.Int64)


@dataclass(frozen=True)
class Loaded:
    """What stands in the service after all rows were sent."""

    outcomes: list[str]
    rejections: list[Rejection]
    orders: dict[str, dict[str, Any]]
    payments: list[dict[str, Any]]
    listed: dict[str, list[dict[str, Any]]]
    stated_minor: int


@pytest.fixture(scope="module")
def recomputed(real_data: Path) -> Recomputed:
    return Recomputed(real_data)


@pytest.fixture(scope="module")
async def loaded(real_data: Path, databases: Databases, orders_database: Database) -> Loaded:
    await databases.empty(orders_database)
    await open_store(orders_database, STORE, currency="BRL", timezone="America/Sao_Paulo")
    items = list(load_orders(real_data))
    drafts = [item.order for item in items if isinstance(item, Draft)]
    outcomes, listed = [], {}
    async with an_application("orders", orders_database, SERVICE.routers) as client:
        for begin in range(0, len(drafts), BATCH_ROWS):
            answer = await client.post(
                "/v1/orders:batch", json=drafts[begin : begin + BATCH_ROWS], timeout=60
            )
            outcomes += [row["outcome"] for row in answer.json()["outcomes"]]
        for status in ("overpaid", "underpaid"):
            query = {"payment_status": status, "limit": 100}
            listed[status] = (await client.get("/v1/orders", params=query)).json()["items"]
    orders = {row["external_id"]: dict(row) for row in await rows_of(orders_database, "orders")}
    return Loaded(
        outcomes,
        [item for item in items if isinstance(item, Rejection)],
        orders,
        [dict(row) for row in await rows_of(orders_database, "payments")],
        listed,
        sum(event.get("payment_minor", 0) for event in await payloads_of(orders_database)),
    )


def test_every_order_with_items_comes_in(loaded: Loaded) -> None:
    assert loaded.outcomes == ["created"] * ORDERS
    assert len(loaded.rejections) == WITHOUT_ITEMS


def test_every_order_is_paid_what_its_payments_come_to(
    loaded: Loaded, recomputed: Recomputed
) -> None:
    expected = recomputed.sums()

    found = {
        number: (row["total_minor"], row["paid_minor"]) for number, row in loaded.orders.items()
    }

    assert len(expected) == ORDERS
    assert found == expected
    assert all(row["paid_at"] is not None for row in loaded.orders.values())
    assert loaded.stated_minor == sum(paid for _, paid in expected.values())


def test_every_payment_is_kept_as_it_is_told(loaded: Loaded, recomputed: Recomputed) -> None:
    expected = {
        (row["order_id"], row["payment_sequential"]): (
            row["cents"],
            row["payment_type"],
            int(row["payment_installments"]),
        )
        for row in recomputed.payments.iter_rows(named=True)
    }
    numbers = {row["order_id"]: number for number, row in loaded.orders.items()}

    found = {
        (numbers[row["order_id"]], row["external_id"]): (
            row["amount_minor"],
            row["method"],
            row["instalments"],
        )
        for row in loaded.payments
    }

    assert len(found) == PAYMENTS
    assert found == expected


def test_orders_whose_payments_differ_are_paid_with_a_difference(
    loaded: Loaded, recomputed: Recomputed
) -> None:
    expected = recomputed.differences()

    found = {
        order["external_id"]: int(Decimal(order["payment_difference"]) * 100)
        for orders in loaded.listed.values()
        for order in orders
    }

    assert sum(abs(cents) > 1 for cents in expected.values()) == DIFFER
    assert sum(abs(cents) == 1 for cents in expected.values()) == BY_A_CENT
    assert found == expected
    more = {order["external_id"] for order in loaded.listed["overpaid"]}
    assert more == {number for number, cents in expected.items() if cents > 0}
    assert {order["status"] for orders in loaded.listed.values() for order in orders} == {
        "delivered"
    }
