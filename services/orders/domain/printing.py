"""Printing an order: from here on it can no longer be void, and a waybill may be on it."""

from datetime import datetime

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Stepped
from services.orders.domain.moves import Status
from services.orders.domain.stepping import demand_free
from shared.kernel.refusals import ConflictError, InvalidError


class WaybillsExhaustedError(ConflictError):
    """The courier's waybill numbers of the store are used up; more have to be filled in."""

    kind = "waybills-exhausted"


class WaybillAmbiguousError(InvalidError):
    """One waybill is told for an order that travels in several parcels."""

    kind = "waybill-ambiguous"


def print_order(
    changes: Changes,
    at: datetime,
    *,
    staff: str,
    courier: str | None,
    waybills: tuple[str, ...] = (),
) -> None:
    """Print an order whose parcels bear these waybills; again it changes nothing.

    Raises `IllegalMoveError` and `OrderHeldError`.
    """
    order = changes.order
    if Status.PRINTED in order.steps:
        return
    demand_free(changes)
    changes.allow("print")
    since, before = order.status_since, order.status
    order.steps[Status.PRINTED] = at
    order.carriage = order.carriage.carried_by(courier)
    changes.has_new_work = True
    changes.state(
        Stepped(at, Status.PRINTED, before, since, staff, courier=courier, waybills=waybills)
    )
