"""A month of a Tmall shop: imported as it is, and every figure of every day recomputed."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from shopfleet import calls
from tests.real_input.figures import Figures, Key, Sums, compare, ratio
from tests.real_input.fleet import Fleet
from tests.real_input.tmall_recomputed import (
    AFTER_LAST_DAY,
    DAYS,
    FILE,
    FIRST_DAY,
    Recomputed,
    buyer_figures,
    figures_without_products,
)

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.db,
    pytest.mark.kafka,
    pytest.mark.timeout(1200),
]

Expected = dict[Key, Figures]

STORE = "tmall-real"
PERIOD = (str(FIRST_DAY), str(AFTER_LAST_DAY))
BASES = ("event", "order")
ORDERS = 28_010


@pytest.fixture(scope="module")
async def imported(fleet: Fleet, real_data: Path) -> Fleet:
    """The fleet with the file in it, imported twice from the command line."""
    await fleet.client.send(
        calls.open_store(
            {
                "store_id": STORE,
                "name": "Tmall",
                "platform": "tmall",
                "timezone": "Asia/Shanghai",
                "currency": "CNY",
            }
        )
    )
    words = ("import", "tmall_orders", str(real_data / FILE), "--store", STORE)

    first = fleet.run(*words)
    again = fleet.run(*words)

    assert (first.returncode, first.stdout) == (0, f"{ORDERS:,} rows: {ORDERS:,} created\n"), first
    assert again.stdout == f"{ORDERS:,} rows: {ORDERS:,} unchanged\n"
    await fleet.everything_is_reported(PERIOD, stores=STORE)
    return fleet


@pytest.fixture(scope="module")
def recomputed(real_data: Path) -> Recomputed:
    return Recomputed(real_data)


def names(figures: Iterable[str]) -> str:
    return ",".join(figures)


ALL_SALES = names(figures_without_products(Sums()))
PROVINCE_SALES = names(
    name
    for name in (
        "orders_placed",
        "placed_amount",
        "orders_paid",
        "paid_amount",
        "payment_rate",
        "amount_per_order",
        "net_amount",
        "refunds",
        "refunded_amount",
        "refund_rate",
        "refund_rate_orders",
    )
)


@pytest.mark.parametrize("basis", BASES)
async def test_every_day(imported: Fleet, recomputed: Recomputed, basis: str) -> None:
    sums = recomputed.by_day(basis)
    expected: Expected = {
        (day,): figures_without_products(sums.get((day,), Sums())) for day in DAYS
    }

    rows = await imported.kpis(PERIOD, stores=STORE, grain="day", metrics=ALL_SALES, basis=basis)

    assert len(rows) == 30
    assert compare(expected, rows, lambda row: (row["bucket"],)) == 30 * 21


async def test_of_the_orders_of_each_day_those_paid(
    imported: Fleet, recomputed: Recomputed
) -> None:
    sums = recomputed.by_day("order")
    days = {day: sums.get((day,), Sums()) for day in DAYS}
    expected: Expected = {
        (day,): {"payment_rate_cohort": ratio(found.paid, found.placed)}
        for day, found in days.items()
    }

    rows = await imported.kpis(PERIOD, stores=STORE, grain="day", metrics="payment_rate_cohort")

    assert compare(expected, rows, lambda row: (row["bucket"],)) == 30


@pytest.mark.parametrize("basis", BASES)
async def test_the_whole_month(imported: Fleet, recomputed: Recomputed, basis: str) -> None:
    total = recomputed.total(basis)
    expected: Expected = {(STORE,): figures_without_products(total)}

    rows = await imported.kpis(PERIOD, stores=STORE, metrics=ALL_SALES, basis=basis)

    assert total.placed == ORDERS
    assert compare(expected, rows, lambda row: (row["store_id"],)) == 21


@pytest.mark.parametrize("basis", BASES)
async def test_every_province_of_every_day(
    imported: Fleet, recomputed: Recomputed, basis: str
) -> None:
    metrics = PROVINCE_SALES.split(",")
    expected: Expected = {
        key: {name: figures_without_products(sums)[name] for name in metrics}
        for key, sums in recomputed.by_day_and_province(basis).items()
    }

    rows = await imported.kpis(
        PERIOD, stores=STORE, grain="day", group_by="province", metrics=PROVINCE_SALES, basis=basis
    )

    compared = compare(expected, rows, lambda row: (row["bucket"], str(row["province"])))
    assert len(expected) == {"event": 639, "order": 631}[basis]
    assert compared == len(rows) * 11 >= len(expected) * 11


@pytest.mark.parametrize("basis", BASES)
async def test_every_province(imported: Fleet, recomputed: Recomputed, basis: str) -> None:
    metrics = PROVINCE_SALES.split(",")
    sums = recomputed.by_province(basis)
    expected: Expected = {
        key: {name: figures_without_products(found)[name] for name in metrics}
        for key, found in sums.items()
    }

    rows = await imported.kpis(
        PERIOD, stores=STORE, group_by="province", metrics=PROVINCE_SALES, basis=basis
    )

    assert len(sums) == 31
    assert compare(expected, rows, lambda row: (str(row["province"]),)) == 31 * 11


async def test_what_the_file_does_not_say_has_no_value(
    imported: Fleet, recomputed: Recomputed
) -> None:
    sums = recomputed.by_day("event")
    expected: Expected = {(day,): buyer_figures(sums.get((day,), Sums())) for day in DAYS}

    rows = await imported.kpis(
        PERIOD, stores=STORE, grain="day", metrics=names(buyer_figures(Sums()))
    )

    assert compare(expected, rows, lambda row: (row["bucket"],)) == 30 * 6
    assert [row for row in rows if row["values"]["buyers_paid"]["value"] not in {None, 0}] == []


async def test_no_product_is_named(imported: Fleet) -> None:
    rows = await imported.kpis(
        PERIOD, stores=STORE, group_by="sku", metrics="paid_amount,orders_paid"
    )

    assert {row["sku"] for row in rows} <= {None}
