"""The figures of the marketplace, straight from its CSV files with polars.

Days are the files' own: their times are the store's local time.
"""

import gzip
from collections import defaultdict
from datetime import date
from pathlib import Path

import polars as pl

from tests.real_input.figures import Figures, Key, Sums, money_per, ratio

FOLDER = "olist_10k_2017"
PERIOD = ("2017-01-01", "2018-02-01")
MONTHS = [f"2017-{month:02d}" for month in range(1, 13)] + ["2018-01"]
RETURNING_DAYS = 365


class Recomputed:
    """Items joined to their orders and customers; one order per seller."""

    def __init__(self, folder: Path) -> None:
        orders = _read(folder, "orders").join(_read(folder, "customers"), on="customer_id")
        items = _read(folder, "order_items").select(
            "order_id",
            "product_id",
            store="seller_id",
            price=_cents("price"),
            freight=_cents("freight_value"),
        )
        self.items = items.join(orders, on="order_id").select(
            "order_id",
            "store",
            "product_id",
            "price",
            "freight",
            buyer="customer_unique_id",
            province="customer_state",
            placed_day=pl.col("order_purchase_timestamp").str.slice(0, 10),
            paid_day=pl.col("order_approved_at").str.slice(0, 10),
        )
        self.orders = self.items.group_by(
            "order_id", "store", "buyer", "province", "placed_day", "paid_day"
        ).agg(
            (pl.col("price") + pl.col("freight")).sum().alias("cents"),
            pl.len().alias("units"),
        )
        self.paid = self.orders.filter(pl.col("paid_day").is_not_null())
        self.orders_without_items = orders.join(items, on="order_id", how="anti").height

    def by(self, *by: str) -> dict[Key, Sums]:
        """Sums by columns; `day` and `month` are those of placing and of payment."""
        found: dict[Key, Sums] = defaultdict(Sums)
        totals = [pl.len().alias("n"), pl.col("cents").sum(), pl.col("units").sum()]
        for *key, count, cents, units in (
            _dated(self.orders, "placed_day").group_by(*by).agg(*totals).iter_rows()
        ):
            found[tuple(key)].add(placed=count, placed_cents=cents, units_placed=units)
        for *key, count, cents, units in (
            _dated(self.paid, "paid_day").group_by(*by).agg(*totals).iter_rows()
        ):
            found[tuple(key)].add(paid=count, paid_cents=cents, units_paid=units)
        return dict(found)

    def buyers_by_store_and_month(self) -> dict[Key, Figures]:
        """Distinct paying buyers of each store and month, and how often they come."""
        paid = _dated(self.paid, "paid_day").with_columns(pl.col("paid_day").str.to_date())
        days_of: dict[tuple[str, str], list[date]] = defaultdict(list)
        for store, buyer, day in paid.select("store", "buyer", "paid_day").iter_rows():
            days_of[store, buyer].append(day)
        months = paid.group_by("store", "month", "buyer").agg(
            pl.len().alias("n"), pl.col("cents").sum()
        )
        groups: dict[Key, list[tuple[str, int, int]]] = defaultdict(list)
        for store, month, buyer, count, cents in months.iter_rows():
            groups[store, month].append((buyer, count, cents))
        found: dict[Key, Figures] = {}
        for (store, month), members in groups.items():
            begin = date.fromisoformat(f"{month}-01")
            returning = sum(
                any(0 < (begin - day).days <= RETURNING_DAYS for day in days_of[store, buyer])
                for buyer, _, _ in members
            )
            found[store, month] = {
                "buyers_paid": len(members),
                "returning_buyers": returning,
                "new_buyers": len(members) - returning,
                "amount_per_buyer": money_per(sum(cents for _, _, cents in members), len(members)),
                "repeat_purchase_rate": ratio(
                    sum(count > 1 for _, count, _ in members), len(members)
                ),
            }
        return found

    def skus(self) -> dict[Key, Figures]:
        """Pieces and money of each product of each store, without freight."""
        paid = self.items.filter(pl.col("paid_day").is_not_null())
        placed = {
            (store, sku): count
            for store, sku, count in self.items.group_by("store", "product_id")
            .agg(pl.len().alias("n"))
            .iter_rows()
        }
        sold = {
            (store, sku): (count, cents)
            for store, sku, count, cents in paid.group_by("store", "product_id")
            .agg(pl.len().alias("n"), pl.col("price").sum())
            .iter_rows()
        }
        found: dict[Key, Figures] = {}
        for key, units in placed.items():
            count, cents = sold.get(key, (0, 0))
            amount = f"{cents // 100}.{cents % 100:02d}"
            found[key] = {"units_placed": units, "units_paid": count, "paid_amount": amount}
        return found


def _read(folder: Path, name: str) -> pl.DataFrame:
    with gzip.open(folder / FOLDER / f"{name}.csv.gz") as file:
        return pl.read_csv(file.read(), infer_schema_length=0)


def _cents(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64)


def _dated(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.col(column).alias("day"), pl.col(column).str.slice(0, 7).alias("month")
    )
