"""The marketplace's files as orders of the API: each seller is a store.

An order that spans several sellers is one order at each of them. An order without items belongs to
no store and is rejected. There is no payments file: an approved order is paid, price and freight,
when it was approved.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shopfleet.importers.drafts import Draft, Rejection, instant_of

FOLDER = "olist_10k_2017"
ZONE = ZoneInfo("America/Sao_Paulo")
GROUP = "olist"


def read_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with gzip.open(folder / FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def store_of(seller: str) -> dict[str, Any]:
    """The store of a seller, as `POST /v1/stores` takes it."""
    return {
        "store_id": seller,
        "name": f"Seller {seller[:8]}",
        "platform": "own",
        "timezone": str(ZONE),
        "currency": "BRL",
        "groups": [GROUP],
    }


def sellers(folder: Path) -> list[str]:
    return sorted({item["seller_id"] for item in read_rows(folder, "order_items")})


def load_orders(folder: Path) -> Iterator[Draft | Rejection]:
    """Yield an order for each seller of each order, a rejection for each order without items."""
    items: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for item in read_rows(folder, "order_items"):
        items[item["order_id"]][item["seller_id"]].append(item)
    customers = {row["customer_id"]: row for row in read_rows(folder, "customers")}
    for line, row in enumerate(read_rows(folder, "orders"), start=2):
        number = row["order_id"]
        if number not in items:
            yield Rejection(line, number, ("no items, so no seller and no store",))
        for seller, bought in items[number].items():
            yield Draft(line, number, _order(row, seller, bought, customers[row["customer_id"]]))


def _order(
    row: dict[str, str], seller: str, bought: list[dict[str, str]], customer: dict[str, str]
) -> dict[str, Any]:
    freight = sum(_cents(item["freight_value"]) for item in bought)
    total = freight + sum(_cents(item["price"]) for item in bought)
    order: dict[str, Any] = {
        "store_id": seller,
        "external_id": row["order_id"],
        "placed_at": _time(row, "order_purchase_timestamp"),
        "lines": [
            {"sku": item["product_id"], "quantity": 1, "unit_price": item["price"]}
            for item in bought
        ],
        "postage": _text(freight),
        "total": _text(total),
        "buyer": {
            "account": customer["customer_unique_id"],
            "province": customer["customer_state"],
            "city": customer["customer_city"],
        },
        "backfill": True,
    }
    if row["order_approved_at"]:
        paid_at = _time(row, "order_approved_at")
        order["payments"] = [{"amount": _text(total), "paid_at": paid_at}]
    return order


def _time(row: dict[str, str], column: str) -> str:
    return instant_of(row[column], column, (), ZONE)


def _cents(amount: str) -> int:
    whole, _, decimals = amount.partition(".")
    return int(whole) * 100 + int(f"{decimals:0<2}")


def _text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
