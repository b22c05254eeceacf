"""The places of measures in the rows of sums."""

from typing import NamedTuple

from services.reporting.domain.measures import REGION_MEASURES, SKU_MEASURES, STORE_MEASURES

ORDERS_PLACED, PLACED_MINOR, UNITS_PLACED, ORDERS_PAID, PAID_MINOR, UNITS_PAID = range(6)
"""These have the same place in the rows of stores, SKUs and regions."""


class Places(NamedTuple):
    """Where a subject keeps what it knows of refunds, and how far a measure is from its twin."""

    refunds: int
    refunded_minor: int
    twin: int


def _places(measures: tuple[str, ...]) -> Places:
    return Places(
        refunds=measures.index("refunds_paid"),
        refunded_minor=measures.index("refunded_minor"),
        twin=measures.index("orders_paid_by_order") - ORDERS_PAID,
    )


STORE = _places(STORE_MEASURES)
SKU = _places(SKU_MEASURES)
REGION = _places(REGION_MEASURES)
