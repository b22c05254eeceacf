"""An order's or refund's money by product, with a rest so that products add up to orders."""

from collections.abc import Sequence

from shared.contracts.orders import OrderLine, RefundLine

NO_PRODUCT = ""
"""Stands for postage, discounts of whole orders, deposits, and lines without a SKU."""

Product = tuple[int, int, int]
"""What falls on one SKU: orders that hold it, minor units, pieces."""

_NOTHING: Product = (0, 0, 0)


def products_of(lines: Sequence[OrderLine], total_minor: int) -> dict[str, Product]:
    """Divide the money of an order by SKU; what its lines leave over stands on no product.

    Gifts count neither as orders of their SKU nor as pieces. An order without lines is an order of
    no product.
    """
    products: dict[str, Product] = {}
    rest = total_minor
    for line in lines:
        if line.is_gift:
            continue
        sku = line.sku or NO_PRODUCT
        amount = line.amount_minor
        rest -= amount
        if sku in products:
            _, minor, units = products[sku]
            products[sku] = 1, minor + amount, units + line.quantity
        else:
            products[sku] = 1, amount, line.quantity
    if rest or not lines:
        orders, minor, units = products.get(NO_PRODUCT, (0 if lines else 1, 0, 0))
        products[NO_PRODUCT] = orders, minor + rest, units
    return products


def refunded_products(lines: Sequence[RefundLine], amount_minor: int) -> dict[str, Product]:
    """Divide a refund by SKU; postage and what no line names stand on no product."""
    products: dict[str, Product] = {}
    rest = amount_minor
    for line in lines:
        rest -= line.amount_minor
        sku = line.sku or NO_PRODUCT
        _, minor, units = products.get(sku, _NOTHING)
        products[sku] = 1, minor + line.amount_minor, units + line.quantity
    if rest or not lines:
        refunds, minor, units = products.get(NO_PRODUCT, (0 if lines else 1, 0, 0))
        products[NO_PRODUCT] = refunds, minor + rest, units
    return products


def difference(after: dict[str, Product], before: dict[str, Product]) -> dict[str, Product]:
    """Return what has to be added to `before` to make it `after`, by SKU."""
    products: dict[str, Product] = {}
    for sku in after.keys() | before.keys():
        new, old = after.get(sku, _NOTHING), before.get(sku, _NOTHING)
        products[sku] = new[0] - old[0], new[1] - old[1], new[2] - old[2]
    return products


def units_of(products: dict[str, Product]) -> int:
    """Return the pieces of all products."""
    total = 0
    for product in products.values():
        total += product[2]
    return total
