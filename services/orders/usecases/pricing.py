"""Changing prices: by whom, how far, and until when the store lets its staff do it."""

from datetime import datetime
from decimal import Decimal

from services.orders.domain.changes import Changes
from services.orders.domain.pricing import Bargain, change_price
from services.orders.schemas.pricing import PriceChangeBody, terms_from
from services.orders.usecases.working import Work
from shared.registry.stores import Store
from shared.web.callers import Caller

CEILING = "orders.discount_ceiling_ratio"
CEILING_BY_ROLE = "orders.discount_ceiling_by_role"
UNTIL = "orders.price_change_until"
SETS_CEILINGS = "settings:write"
"""Who may set the ceiling is not bound by it."""


def reprice(body: PriceChangeBody, now: datetime, *, caller: Caller) -> Work:
    """Change price or freight of an unpaid order inside the caller's ceiling."""

    def work(changes: Changes, store: Store) -> None:
        bargain = Bargain(
            caller.name,
            body.reason,
            ceiling_of(store, caller),
            body.pointer,
            is_until_audited=store.settings[UNTIL] == "audited",
        )
        change_price(changes, terms_from(body, changes.order), now, bargain)

    return work


def ceiling_of(store: Store, caller: Caller) -> Decimal | None:
    """Return the share of a price that a caller may take off in all, None for any (H15).

    It is the highest of the caller's roles; a role of which the store says nothing has the store's
    own ceiling, and so has a caller without roles.
    """
    if caller.may(SETS_CEILINGS):
        return None
    usual = store.settings[CEILING]
    by_role = store.settings[CEILING_BY_ROLE]
    ceilings = (Decimal(by_role.get(role, usual)) for role in caller.roles)
    return max(ceilings, default=Decimal(usual))
