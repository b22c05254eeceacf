"""The figures of Tmall's order export, straight from its CSV with polars."""

import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from tests.real_input.figures import Figures, Key, Sums, sales_figures

FILE = "tmall_orders/tmall_order_report.csv.gz"
FIRST_DAY = date(2020, 2, 1)
AFTER_LAST_DAY = date(2020, 3, 2)
DAYS = [str(FIRST_DAY + timedelta(days=n)) for n in range((AFTER_LAST_DAY - FIRST_DAY).days)]


class Recomputed:
    """Every order of the file as cents and days; China time is the file's own."""

    def __init__(self, folder: Path) -> None:
        with gzip.open(folder / FILE) as file:
            frame = pl.read_csv(file.read(), infer_schema_length=0)
        frame = frame.rename({name: name.strip() for name in frame.columns})
        self.orders = frame.select(
            province=pl.col("收货地址"),
            placed_day=pl.col("订单创建时间").str.slice(0, 10),
            paid_day=pl.col("订单付款时间").str.slice(0, 10),
            total=_cents("总金额"),
            kept=_cents("买家实际支付金额"),
            refund=_cents("退款金额"),
        )

    def by_day(self, basis: str) -> dict[Key, Sums]:
        return self._sums(basis, ["day"])

    def by_day_and_province(self, basis: str) -> dict[Key, Sums]:
        return self._sums(basis, ["day", "province"])

    def by_province(self, basis: str) -> dict[Key, Sums]:
        return self._sums(basis, ["province"])

    def total(self, basis: str) -> Sums:
        (sums,) = self._sums(basis, [pl.lit("all").alias("all")]).values()
        return sums

    def _sums(self, basis: str, by: list[str | pl.Expr]) -> dict[Key, Sums]:
        found: dict[Key, Sums] = defaultdict(Sums)
        own_day = pl.col("placed_day" if basis == "order" else "paid_day").alias("day")
        paid = self.orders.filter(pl.col("paid_day").is_not_null()).with_columns(own_day)
        placed = self.orders.with_columns(pl.col("placed_day").alias("day"))
        for key, count, cents in _grouped(placed, by, "total"):
            found[key].add(placed=count, placed_cents=cents)
        for key, count, cents in _grouped(paid, by, "total"):
            found[key].add(paid=count, paid_cents=cents)
        for key, count, cents in _grouped(paid.filter(pl.col("refund") > 0), by, "refund"):
            found[key].add(refunds=count, refunded_cents=cents)
        return dict(found)


def figures_without_products(sums: Sums) -> Figures:
    """All that the file's columns allow; what they do not allow has no value."""
    figures = sales_figures(sums)
    figures.update(
        {
            "refunds_only": sums.refunds,
            "refunds_with_return": 0,
            "refunds_requested": sums.refunds,
            "refunds_approved": sums.refunds,
            "orders_shipped": 0,
            "orders_delivered": 0,
            "orders_completed": 0,
            "orders_cancelled": 0,
            "amount_per_unit": None,
            "units_per_order": None,
        }
    )
    return figures


def buyer_figures(sums: Sums) -> Figures:
    """No buyer is known: where somebody paid there is no value, else nobody paid."""
    unknown = None if sums.paid else 0
    return {
        "buyers_paid": unknown,
        "returning_buyers": unknown,
        "new_buyers": unknown,
        "returning_amount": None if sums.paid else "0.00",
        "amount_per_buyer": None,
        "repeat_purchase_rate": None,
    }


def _cents(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64)


def _grouped(
    frame: pl.DataFrame, by: list[str | pl.Expr], amount: str
) -> Iterator[tuple[Key, int, int]]:
    grouped = frame.group_by(*by).agg(pl.len().alias("n"), pl.col(amount).sum().alias("cents"))
    for *key, count, cents in grouped.iter_rows():
        yield tuple(map(str, key)), int(count), int(cents)
