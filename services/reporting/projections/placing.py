"""Orders placed, and amended before payment: both count on the day the order was placed."""

from datetime import date

from services.reporting.projections.places import ORDERS_PLACED, PLACED_MINOR, UNITS_PLACED
from services.reporting.projections.products import Product, difference, products_of, units_of
from services.reporting.projections.sums import Sums
from shared.contracts.orders import OrderAmended, OrderPlaced
from shared.kernel.buckets import bucket_at


def count_order(sums: Sums, event: OrderPlaced) -> None:
    """Count an order on the day it was placed."""
    store_id, total = event.store_id, event.total_minor
    placed = bucket_at(event.placed_at, event.timezone, event.day_start)
    products = products_of(event.lines, total)
    units = units_of(products)
    for row in (
        sums.hours[store_id, placed],
        sums.regions[store_id, placed.day, event.province or ""],
    ):
        row[ORDERS_PLACED] += 1
        row[PLACED_MINOR] += total
        row[UNITS_PLACED] += units
    _add_products(sums, store_id, placed.day, products=products)


def amend_order(sums: Sums, event: OrderAmended) -> None:
    """Add the difference that an amendment makes; it may move the order to another province."""
    store_id = event.store_id
    placed = bucket_at(event.placed_at, event.timezone, event.day_start)
    before = products_of(event.previous_lines, event.previous_total_minor)
    after = products_of(event.lines, event.total_minor)
    store = sums.hours[store_id, placed]
    store[PLACED_MINOR] += event.total_minor - event.previous_total_minor
    store[UNITS_PLACED] += units_of(after) - units_of(before)
    for province, sign, total, products in (
        (event.previous_province, -1, event.previous_total_minor, before),
        (event.province, 1, event.total_minor, after),
    ):
        region = sums.regions[store_id, placed.day, province or ""]
        region[ORDERS_PLACED] += sign
        region[PLACED_MINOR] += sign * total
        region[UNITS_PLACED] += sign * units_of(products)
    _add_products(sums, store_id, placed.day, products=difference(after, before))


def _add_products(sums: Sums, store_id: str, day: date, *, products: dict[str, Product]) -> None:
    for sku, (orders, minor, units) in products.items():
        row = sums.skus[store_id, day, sku]
        row[ORDERS_PLACED] += orders
        row[PLACED_MINOR] += minor
        row[UNITS_PLACED] += units
