"""The catalogue: all figures, and where each can be answered."""

from collections.abc import Mapping
from types import MappingProxyType

from services.reporting.domain.measures import (
    BRIDGE_MEASURES,
    HANDLING_MEASURES,
    REASON_MEASURES,
    REGION_MEASURES,
    RETURN_MEASURES,
    SKU_MEASURES,
    STORE_MEASURES,
    Basis,
    on_basis,
)
from services.reporting.kpis.aftersale import CASES, DISPUTES
from services.reporting.kpis.figures import Figure
from services.reporting.kpis.people import PEOPLE
from services.reporting.kpis.refund_kinds import REFUND_KINDS
from services.reporting.kpis.sales import SALES
from services.reporting.kpis.service import BRIDGE, FULFILMENT, REFUNDS
from services.reporting.kpis.shipping import SHIPPING
from services.reporting.kpis.trouble import TROUBLE
from services.reporting.kpis.unpaid import ENDED, UNPAID

SECTIONS: Mapping[str, tuple[Figure, ...]] = MappingProxyType(
    {
        "Orders and money": SALES,
        "Refunds": REFUNDS,
        "Refunds by kind": REFUND_KINDS,
        "Fulfilment": FULFILMENT,
        "Shipping": SHIPPING,
        "Unpaid orders": UNPAID,
        "Orders that end early": ENDED,
        "Returns, exchanges and repairs": CASES,
        "Disputes": DISPUTES,
        "Problem orders, wrong shipments, fraud": TROUBLE,
        "Buyers": PEOPLE,
        "The bridge between the bases": BRIDGE,
    }
)
"""All figures as they are declared, under the titles of their page."""

FIGURES: Mapping[str, Figure] = MappingProxyType(
    {figure.id: figure for figures in SECTIONS.values() for figure in figures}
)
"""Every figure by id, in the order in which they are shown."""

PEOPLE_MEASURES = frozenset({"buyers", "buyers_returning", "buyers_repeat", "returning_minor"})
BRIDGE_PARTS = frozenset(f"{name}_{way}" for name in BRIDGE_MEASURES for way in ("in", "out"))
COMPUTED = PEOPLE_MEASURES | BRIDGE_PARTS
"""Measures that belong to a whole period: they are worked out for it and do not add up."""

KEPT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "store": frozenset((*STORE_MEASURES, *HANDLING_MEASURES)),
        "sku": frozenset((*SKU_MEASURES, *RETURN_MEASURES)),
        "province": frozenset(REGION_MEASURES),
        "reason": frozenset(REASON_MEASURES),
        "sku_reason": frozenset(RETURN_MEASURES),
    }
)
"""The columns that are kept for each grouping."""

DIVIDED = tuple(name for name in KEPT if name != "store")
"""The groupings that divide a store's rows."""


def basis_of(figure: Figure, asked: Basis) -> Basis:
    """Return the basis on which a figure is answered."""
    return figure.basis or asked


def columns_of(figure: Figure, asked: Basis) -> dict[str, str]:
    """Return the column of each of its measures that are kept, on the basis it is answered on."""
    basis = basis_of(figure, asked)
    return {name: on_basis(name, basis) for name in figure.measures - COMPUTED}


def is_answered_by(figure: Figure, group_by: str) -> bool:
    """Say whether a figure can be grouped so: by `store` (or none), or as `DIVIDED` names.

    A product's own rows have lines by nature, so what only that measure hinders is answered there.
    """
    if group_by == "store":
        return True
    needed = figure.measures - ({"orders_without_lines"} if group_by == "sku" else set())
    return needed <= KEPT[group_by]


def is_answered_within_days(figure: Figure) -> bool:
    """Say whether a figure can be answered by the hour; people and bridge are kept by the day."""
    return not figure.measures & COMPUTED
