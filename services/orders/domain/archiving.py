"""The archive (归档): orders that are over stand there, apart from those that are worked on."""

from collections.abc import Collection
from datetime import datetime

from services.orders.domain.changes import Changes
from services.orders.domain.facts import Archived
from services.orders.domain.moves import RefundStatus, Status
from services.orders.domain.order import ARCHIVED
from services.orders.domain.refusals import OrderOpenError

EXITS = (Status.CANCELLED, Status.VOID, Status.INTERCEPTED, Status.FRAUD)
"""How an order stands that was called off."""

ENDED = (Status.COMPLETED, Status.FOLLOWED_UP, *EXITS)
"""How an order stands when nothing of it goes on."""


def shelves_of(statuses: Collection[Status] | None, *, with_archive: bool) -> list[str]:
    """Return where orders of these statuses stand, None for all: outside the archive, or in it."""
    wanted = list(Status) if statuses is None else sorted(set(statuses))
    shelves: list[str] = [status.value for status in wanted]
    if with_archive:
        shelves.extend(f"{ARCHIVED} {status}" for status in wanted if status in ENDED)
    return shelves


def archive(changes: Changes, at: datetime, *, is_open_beside: bool) -> None:
    """File an order that is over (归档); once. Raises `OrderOpenError` while anything is open.

    `is_open_beside` says that a case is open, or an invoice still to be written.
    """
    order = changes.order
    if order.archived_at is not None:
        return
    if order.status not in ENDED:
        raise OrderOpenError(f"The order is {order.status}.", status_now=order.status)
    if any(refund.status is not RefundStatus.PAID for refund in order.standing_refunds):
        raise OrderOpenError("A refund of the order is still to be paid or rejected.")
    if is_open_beside:
        raise OrderOpenError("A case of the order is open, or an invoice is still to be written.")
    order.archived_at = at
    changes.has_new_work = True
    changes.state(Archived(at))
