"""The marketplace's files with their payments as orders of the API: the marketplace is one store.

Payments are told of whole orders, so an order that spans several sellers stays one. An order
without items has no price and no payment: it is rejected. Times have no seconds; what was cancelled
has no time of its own, so the last one that is known is taken.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from shopfleet.importers.drafts import Draft, Rejection, instant_of

FOLDER = "olist_5k"
STORE = "olist"
ZONE = ZoneInfo("America/Sao_Paulo")
FORMATS = ("%m/%d/%Y %H:%M",)
MOMENTS = (
    "order_purchase_timestamp",
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
)
CANCELLED = ("canceled", "unavailable")

Row = dict[str, str]


def load_orders(folder: Path) -> Iterator[Draft | Rejection]:
    """Yield an order for each row that has items, with its payments as they stand there."""
    items, payments = _by_order(folder, "order_items"), _by_order(folder, "order_payments")
    customers = {row["customer_id"]: row for row in _rows(folder, "customers")}
    for line, row in enumerate(_rows(folder, "orders"), start=2):
        number = row["order_id"]
        if number not in items:
            yield Rejection(line, number, ("no items, so no price",))
            continue
        order = _order(row, items[number], customers[row["customer_id"]])
        order["payments"] = [_payment(each, order["paid_at"]) for each in payments[number]]
        del order["paid_at"]
        yield Draft(line, number, order)


def _order(row: Row, bought: list[Row], customer: Row) -> dict[str, Any]:
    told = {name: _time(row, name) for name in MOMENTS if row[name]}
    order: dict[str, Any] = {
        "store_id": STORE,
        "external_id": row["order_id"],
        "placed_at": told["order_purchase_timestamp"],
        "paid_at": told.get("order_approved_at", told["order_purchase_timestamp"]),
        "lines": [
            {"sku": item["product_id"], "quantity": 1, "unit_price": item["price"]}
            for item in bought
        ],
        "postage": _sum(item["freight_value"] for item in bought),
        "buyer": {
            "account": customer["customer_unique_id"],
            "province": customer["customer_state"],
            "city": customer["customer_city"],
        },
        "backfill": True,
    }
    if "order_delivered_customer_date" in told:
        order["delivered_at"] = told["order_delivered_customer_date"]
    if row["order_status"] in CANCELLED:
        order |= {"cancelled_at": max(told.values()), "cancel_reason": row["order_status"]}
    return order


def _payment(row: Row, paid_at: str) -> dict[str, Any]:
    return {
        "external_id": row["payment_sequential"],
        "amount": row["payment_value"],
        "paid_at": paid_at,
        "method": row["payment_type"],
        "instalments": int(row["payment_installments"]),
    }


def _by_order(folder: Path, name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(folder, name):
        found[row["order_id"]].append(row)
    return found


def _rows(folder: Path, name: str) -> list[Row]:
    path = folder / FOLDER / f"olist_{name}_dataset.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _time(row: Row, column: str) -> str:
    return instant_of(row[column], column, FORMATS, ZONE)


def _sum(amounts: Iterator[str]) -> str:
    cents = 0
    for amount in amounts:
        whole, _, decimals = amount.partition(".")
        cents += int(whole) * 100 + int(f"{decimals:0<2}")
    return f"{cents // 100}.{cents % 100:02d}"
