"""After-sale: returns, exchanges and repairs by SKU and reason, and disputes."""

from collections.abc import Mapping
from types import MappingProxyType

from services.reporting.domain.measures import REASON_MEASURES, RETURN_MEASURES, TWIN
from services.reporting.domain.reasons import reason_of
from services.reporting.projections.handling import handle, place_of, seconds_between
from services.reporting.projections.products import NO_PRODUCT
from services.reporting.projections.sums import Change, Sums, add_twice
from shared.contracts.orders_cases import (
    AfterSaleClosed,
    AfterSaleOpened,
    DisputeClosed,
    DisputeOpened,
)
from shared.kernel.buckets import bucket_at

_OPENED = place_of("cases_opened")
_OPENED_BY_KIND: Mapping[str, int] = MappingProxyType(
    {
        "return": place_of("returns_opened"),
        "exchange": place_of("exchanges_opened"),
        "repair": place_of("repairs_opened"),
    }
)
_FOR_QUALITY = place_of("cases_for_quality")
_UNITS = place_of("units_in_cases")
_CLOSED = place_of("cases_closed")
_CLOSED_BY_KIND: Mapping[str, int] = MappingProxyType(
    {
        "return": place_of("returns_closed"),
        "exchange": place_of("exchanges_closed"),
        "repair": place_of("repairs_closed"),
    }
)
_SECONDS = place_of("case_seconds")
_FREIGHT = place_of("shop_freight_minor")
_DISPUTES = place_of("disputes_opened")
_DISPUTED = place_of("disputed_minor")
_DISPUTES_CLOSED = place_of("disputes_closed")
_RULINGS: Mapping[str, int] = MappingProxyType(
    {"buyer": place_of("disputes_lost"), "seller": place_of("disputes_won")}
)

REASON_TWIN = REASON_MEASURES.index("cases_opened" + TWIN)
RETURN_TWIN = RETURN_MEASURES.index("cases_opened" + TWIN)


def count_case(sums: Sums, event: AfterSaleOpened) -> None:
    """Count a case on the day it was opened, by reason, and by SKU and reason."""
    units: dict[str, int] = {}
    for line in event.lines:
        sku = line.sku or NO_PRODUCT
        units[sku] = units.get(sku, 0) + line.quantity
    changes = _case(event, sum(units.values()))
    handle(sums, event, *changes)
    store_id, reason = event.store_id, reason_of(event.reason_kind)
    placed = bucket_at(event.placed_at, event.timezone, event.day_start).day
    opened = bucket_at(event.occurred_at, event.timezone, event.day_start).day
    # cases stand first in the rows of reasons and returns, in the same order
    apart = [(place - _OPENED, value) for place, value in changes]
    own, ordered = sums.reasons[store_id, opened, reason], sums.reasons[store_id, placed, reason]
    add_twice(own, ordered, REASON_TWIN, apart)
    for sku, pieces in (units or {NO_PRODUCT: 0}).items():
        own = sums.returns[store_id, opened, sku, reason]
        ordered = sums.returns[store_id, placed, sku, reason]
        parts = [(place - _OPENED, value) for place, value in _case(event, pieces)]
        add_twice(own, ordered, RETURN_TWIN, parts)


def _case(event: AfterSaleOpened, units: int) -> list[Change]:
    changes = [(_OPENED, 1), (_FOR_QUALITY, int(event.is_quality_fault)), (_UNITS, units)]
    if event.kind in _OPENED_BY_KIND:
        changes.append((_OPENED_BY_KIND[event.kind], 1))
    return changes


def count_closed_case(sums: Sums, event: AfterSaleClosed) -> None:
    """Count a case that is over, how long it took, and the freight that the shop bears."""
    seconds = seconds_between(event.opened_at, event.occurred_at)
    changes = [(_CLOSED, 1), (_SECONDS, seconds or 0), (_FREIGHT, event.shop_freight_minor)]
    if event.kind in _CLOSED_BY_KIND:
        changes.append((_CLOSED_BY_KIND[event.kind], 1))
    handle(sums, event, *changes)


def count_dispute(sums: Sums, event: DisputeOpened) -> None:
    """Count a dispute and what it is about."""
    handle(sums, event, (_DISPUTES, 1), (_DISPUTED, event.amount_minor))


def count_ruling(sums: Sums, event: DisputeClosed) -> None:
    """Count a dispute that is over, and for whom the platform ruled, if it did."""
    changes = [(_DISPUTES_CLOSED, 1)]
    if event.ruling in _RULINGS:
        changes.append((_RULINGS[event.ruling], 1))
    handle(sums, event, *changes)
