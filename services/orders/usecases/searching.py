"""From the question of a caller to what is searched for."""

from collections.abc import Mapping, Sequence

from services.orders.domain.archiving import shelves_of
from services.orders.repository.searching import CHANGED, Search
from services.orders.schemas.searching import PERSONAL, OrderQuery
from shared.crypto import PersonalData
from shared.web.callers import Caller

PII = "pii:read"

_PLAIN = (
    "payment_status",
    "payment_method",
    "payment_channel",
    "agent",
    "kind",
    "flag",
    "province",
    "number",
    "external_id",
    "waybill",
)
_ALSO_ARCHIVED = ("number", "external_id", "waybill")


def search_of(query: OrderQuery, caller: Caller, personal: PersonalData) -> Search:
    """Return what a caller's question searches for, in the caller's stores.

    Who may not see a buyer's data may not try it out either: a search that finds an order says
    whose it is. Raises `ScopeMissingError`, `StoreForbiddenError`.
    """
    told = {name: value for name in PERSONAL if (value := getattr(query, name)) is not None}
    if told:
        caller.demand(PII)
    hashes = {f"{name}_hash": personal.hash(value) for name, value in told.items()}
    plain = {name: value for name in _PLAIN if (value := getattr(query, name)) is not None}
    wanted = None if query.stores is None else query.stores.split(",")
    ranges = dict(query.ranges())
    if query.updated_since is not None:
        ranges[CHANGED] = (query.updated_since, None)
    return Search(
        stores=caller.limit(wanted),
        platform=query.platform,
        shelves=_shelves(query, plain),
        equal={**hashes, **plain},
        sku=query.sku,
        ranges=ranges,
        by=next((name for name in _STANDS_BY if name in ranges), "placed_at"),
    )


_STANDS_BY: Sequence[str] = (CHANGED, "paid_at", "shipped_at")
"""The moment of which a range is asked for is that by which the list stands."""


def _shelves(query: OrderQuery, plain: Mapping[str, str]) -> list[str] | None:
    is_pull = query.updated_since is not None
    names_orders = any(name in plain for name in _ALSO_ARCHIVED)
    if query.status is None and (is_pull or names_orders):
        return None
    with_archive = query.archived or is_pull or names_orders
    return shelves_of(query.status, with_archive=with_archive)
