"""A year of a marketplace: 1,207 sellers as stores, every figure of every month recomputed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from shopfleet import calls
from shopfleet.importers.drafts import Draft
from shopfleet.importers.sending import Sending, send_rows
from tests.real_input.figures import Figures, Key, Sums, compare, sales_figures, unit_figures
from tests.real_input.fleet import Fleet
from tests.real_input.olist_loader import GROUP, load_orders, sellers, store_of
from tests.real_input.olist_recomputed import MONTHS, PERIOD, Recomputed
from tests.support.eventually import eventually

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.db,
    pytest.mark.kafka,
    pytest.mark.timeout(1200),
]

STORES = 1_207
ORDERS = 9_994
WITHOUT_ITEMS = 111
Expected = dict[Key, Figures]


@pytest.fixture(scope="module")
async def imported(fleet: Fleet, real_data: Path) -> Fleet:
    """The fleet with the marketplace in it."""
    await open_stores(fleet, sellers(real_data))
    items = list(load_orders(real_data))
    drafts = [item for item in items if isinstance(item, Draft)]
    one_of_each = list({draft.order["store_id"]: draft for draft in drafts}.values())

    async def are_stores_known() -> bool:
        dry = await send_rows(one_of_each, Sending(client=fleet.client, is_dry_run=True))
        return not dry.rejections

    await eventually(are_stores_known, within_seconds=60)
    summary = await send_rows(items, Sending(client=fleet.client))

    assert summary.counts == {"created": ORDERS, "rejected": WITHOUT_ITEMS}
    assert {row.reasons for row in summary.rejections} == {("no items, so no seller and no store",)}
    await fleet.everything_is_reported(PERIOD, groups=GROUP, group_by="none")
    return fleet


async def open_stores(fleet: Fleet, ids: list[str]) -> None:
    for start in range(0, len(ids), calls.BATCH_ROWS):
        part = ids[start : start + calls.BATCH_ROWS]
        answer = await fleet.client.send(calls.open_stores(map(store_of, part)))
        assert answer.counts["created"] == len(part)


@pytest.fixture(scope="module")
def recomputed(real_data: Path) -> Recomputed:
    return Recomputed(real_data)


def names(figures: Sequence[str] | Figures) -> str:
    return ",".join(figures)


def all_figures(sums: Sums) -> Figures:
    return {**sales_figures(sums), **unit_figures(sums)}


def test_the_files_are_what_their_description_says(recomputed: Recomputed) -> None:
    orders = recomputed.orders

    assert orders["store"].n_unique() == STORES
    assert orders.height == ORDERS
    assert recomputed.orders_without_items == WITHOUT_ITEMS


async def test_every_month_of_every_store(imported: Fleet, recomputed: Recomputed) -> None:
    sums = recomputed.by("store", "month")
    stores = sorted({store for store, _ in sums})
    expected: Expected = {
        (store, month): all_figures(sums.get((store, month), Sums()))
        for store in stores
        for month in MONTHS
    }

    rows = await imported.kpis(
        PERIOD, groups=GROUP, grain="month", metrics=names(all_figures(Sums()))
    )

    compared = compare(expected, rows, lambda row: (row["store_id"], row["bucket"][:7]))
    assert compared == STORES * 13 * 15


async def test_every_day_of_the_whole(imported: Fleet, recomputed: Recomputed) -> None:
    expected: Expected = {key: all_figures(sums) for key, sums in recomputed.by("day").items()}

    rows = await imported.kpis(
        PERIOD,
        groups=GROUP,
        group_by="none",
        grain="day",
        metrics=names(all_figures(Sums())),
    )

    assert len(rows) == 396
    assert compare(expected, rows, lambda row: (row["bucket"],)) == 396 * 15


async def test_buyers_of_every_month_of_every_store(
    imported: Fleet, recomputed: Recomputed
) -> None:
    expected: Expected = recomputed.buyers_by_store_and_month()
    metrics = names(next(iter(expected.values())))

    rows = await imported.kpis(PERIOD, groups=GROUP, grain="month", metrics=metrics)

    compared = compare(expected, rows, lambda row: (row["store_id"], row["bucket"][:7]))
    assert compared == STORES * 13 * 5


async def test_every_product(imported: Fleet, recomputed: Recomputed) -> None:
    expected: Expected = recomputed.skus()
    metrics = names(next(iter(expected.values())))

    rows = await imported.kpis(PERIOD, groups=GROUP, group_by="sku", metrics=metrics)

    of_products = [row for row in rows if row["sku"] is not None]
    compared = compare(expected, of_products, lambda row: (row["store_id"], row["sku"]))
    assert compared == len(expected) * 3 > 15_000


async def test_every_state(imported: Fleet, recomputed: Recomputed) -> None:
    expected: Expected = {
        key: {name: sales_figures(sums)[name] for name in ("orders_placed", "paid_amount")}
        for key, sums in recomputed.by("store", "province").items()
    }

    rows = await imported.kpis(
        PERIOD, groups=GROUP, group_by="province", metrics="orders_placed,paid_amount"
    )

    compared = compare(expected, rows, lambda row: (row["store_id"], str(row["province"])))
    assert compared == len(rows) * 2 >= len(expected) * 2 > 5_000
