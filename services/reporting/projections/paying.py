"""Money that came in: on the day of the payment, and on the day of its order."""

from datetime import date, datetime
from typing import NamedTuple

from services.reporting.domain.measures import STORE_MEASURES
from services.reporting.projections.buyers import buyer_id
from services.reporting.projections.places import (
    ORDERS_PAID,
    ORDERS_PLACED,
    PAID_MINOR,
    PLACED_MINOR,
    REGION,
    SKU,
    STORE,
    UNITS_PAID,
    UNITS_PLACED,
)
from services.reporting.projections.products import (
    NO_PRODUCT,
    Product,
    difference,
    products_of,
    units_of,
)
from services.reporting.projections.sums import Row, Sums, add_twice
from shared.contracts.orders import OrderEvent, OrderPaid, PaymentCorrected, PaymentReceived
from shared.contracts.orders_steps import GoodsChanged
from shared.kernel.buckets import bucket_at

_WITHOUT_BUYER = STORE_MEASURES.index("orders_without_buyer")
_WITHOUT_LINES = STORE_MEASURES.index("orders_without_lines")


class Payment(NamedTuple):
    """Money of one moment; `orders` is 1 if it completes an order, -1 if it undoes that."""

    at: datetime
    minor: int
    orders: int
    products: dict[str, Product]
    has_lines: bool = True


def count_payment(sums: Sums, event: PaymentReceived) -> None:
    """Add money that does not yet pay the order whole; the order does not count as paid."""
    minor = event.payment_minor
    _pay(sums, event, Payment(event.occurred_at, minor, 0, {NO_PRODUCT: (0, minor, 0)}))


def count_paid_order(sums: Sums, event: OrderPaid) -> None:
    """Count an order as paid, and the payment that completed it.

    Earlier payments stood on no product; on this day they move from there to the products.
    """
    lines, minor = event.lines, event.payment_minor
    _pay(sums, event, Payment(event.occurred_at, minor, 1, products_of(lines, minor), bool(lines)))


def correct_payment(sums: Sums, event: PaymentCorrected) -> None:
    """Add the difference to the day of the payment that was wrong."""
    sign, minor = event.completes, event.difference_minor
    products: dict[str, Product] = {NO_PRODUCT: (0, minor, 0)}
    if sign:
        products = {
            sku: (sign * orders, sign * amount, sign * units)
            for sku, (orders, amount, units) in products_of(event.lines, sign * minor).items()
        }
    _pay(sums, event, Payment(event.paid_at, minor, sign, products, bool(event.lines)))


def move_products(sums: Sums, event: GoodsChanged) -> None:
    """Move what was placed and paid from one product to another: no sum of the store changes."""
    store_id = event.store_id
    total = sum(line.amount_minor for line in event.lines if not line.is_gift)
    moved = difference(products_of(event.lines, total), products_of(event.previous_lines, total))
    placed = bucket_at(event.placed_at, event.timezone, event.day_start)
    sums.hours[store_id, placed]  # nothing is added, but the store's figures are other ones
    for sku, product in moved.items():
        ordered = sums.skus[store_id, placed.day, sku]
        ordered[ORDERS_PLACED] += product[0]
        ordered[PLACED_MINOR] += product[1]
        ordered[UNITS_PLACED] += product[2]
        if event.paid_at is not None:
            paid = bucket_at(event.paid_at, event.timezone, event.day_start)
            _add_paid(sums.skus[store_id, paid.day, sku], ordered, SKU.twin, product)


def _pay(sums: Sums, event: OrderEvent, payment: Payment) -> None:
    store_id = event.store_id
    at, minor, orders, products, has_lines = payment
    placed = bucket_at(event.placed_at, event.timezone, event.day_start)
    paid = bucket_at(at, event.timezone, event.day_start)
    units = units_of(products)
    own = sums.hours[store_id, paid]
    ordered = own if paid is placed else sums.hours[store_id, placed]
    _add_paid(own, ordered, STORE.twin, (orders, minor, units))
    if not has_lines:
        add_twice(own, ordered, STORE.twin, ((_WITHOUT_LINES, orders),))
    days = paid.day, placed.day
    if event.buyer_key is None:
        add_twice(own, ordered, STORE.twin, ((_WITHOUT_BUYER, orders),))
    else:
        _count_buyer(sums, (store_id, buyer_id(event.buyer_key)), days, payment=payment)
    province = event.province or ""
    own = sums.regions[store_id, paid.day, province]
    ordered = own if paid is placed else sums.regions[store_id, placed.day, province]
    _add_paid(own, ordered, REGION.twin, (orders, minor, units))
    bridge = sums.bridge[store_id, placed.day, paid.day]
    bridge[0] += orders
    bridge[1] += minor
    for sku, product in products.items():
        own = sums.skus[store_id, paid.day, sku]
        ordered = own if paid is placed else sums.skus[store_id, placed.day, sku]
        _add_paid(own, ordered, SKU.twin, product)


def _add_paid(own: Row, ordered: Row, twin: int, added: Product) -> None:
    orders, minor, units = added
    own[ORDERS_PAID] += orders
    own[PAID_MINOR] += minor
    own[UNITS_PAID] += units
    ordered[ORDERS_PAID + twin] += orders
    ordered[PAID_MINOR + twin] += minor
    ordered[UNITS_PAID + twin] += units


def _count_buyer(
    sums: Sums, buyer: tuple[str, str], days: tuple[date, date], *, payment: Payment
) -> None:
    store_id, name = buyer
    paid, placed = days
    own = sums.buyers[store_id, paid, name]
    own[0] += payment.orders
    own[1] += payment.minor
    ordered = own if paid == placed else sums.buyers[store_id, placed, name]
    ordered[2] += payment.orders
    ordered[3] += payment.minor
