"""Disputes (维权): the buyer calls the platform, and the platform rules."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.orders.domain.cases import CaseMove, demand_move
from services.orders.domain.changes import Changes
from services.orders.domain.order import Order
from services.orders.domain.parts import Refund
from services.orders.domain.refusals import (
    FactDiffersError,
    RefundUnfitError,
    RefundUnknownError,
    RulingWithoutRefundError,
)

WITH_REFUND = frozenset({"buyer", "settled"})
"""The rulings after which money may go back."""


class DisputeStatus(StrEnum):
    """How far a dispute has come."""

    OPEN = "open"
    CLOSED = "closed"


DISPUTE_MOVES = (
    CaseMove("link a refund", DisputeStatus.OPEN, DisputeStatus.OPEN, "refunds:write"),
    CaseMove("close", DisputeStatus.OPEN, DisputeStatus.CLOSED, "refunds:write"),
)
"""Every legal move of a dispute."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute over `amount_minor`; `refund_id` is the one it is about, or that ends it."""

    dispute_id: str
    order_id: str
    store_id: str
    external_id: str | None
    kind: str
    reason: str
    amount_minor: int
    opened_at: datetime
    opened_by: str
    answer_by: datetime | None = None
    refund_id: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    ruling: str | None = None
    closing_note: str = ""

    @property
    def status(self) -> DisputeStatus:
        """How far it has come."""
        return DisputeStatus.OPEN if self.closed_at is None else DisputeStatus.CLOSED


def link_refund(
    changes: Changes, dispute: Dispute, refund_id: str, *, pointer: str | None
) -> Dispute:
    """Say which refund a dispute is about; also one that the shop rejected.

    The same one again changes nothing, another one takes the place of a rejected one. Raises
    `IllegalMoveError`, `RefundUnknownError`, `RefundUnfitError`.
    """
    if dispute.refund_id == refund_id:
        return dispute
    demand_move(DISPUTE_MOVES, "link a refund", dispute.status, noun="A dispute")
    if _standing(changes.order, dispute) is not None:
        raise RefundUnfitError("The dispute has a refund that stands.", pointer=pointer)
    refund = changes.order.refund(refund_id)
    if refund is None:
        raise RefundUnknownError(f"The order has no refund {refund_id}.", pointer=pointer)
    if not refund.is_disputed:
        changes.put_refund(replace(refund, is_disputed=True))
    return replace(dispute, refund_id=refund_id)


def close_dispute(
    order: Order, dispute: Dispute, ruling: str, at: datetime, *, by: str, note: str = ""
) -> Dispute:
    """Close a dispute with its ruling; told again as it is it changes nothing.

    Raises `FactDiffersError` for another ruling, and `RulingWithoutRefundError` if money goes back
    that the ruling does not give.
    """
    if dispute.closed_at is not None:
        if dispute.ruling != ruling:
            detail = f"The ruling was {dispute.ruling}."
            raise FactDiffersError(detail, pointer="/ruling")
        return dispute
    demand_move(DISPUTE_MOVES, "close", dispute.status, noun="A dispute")
    if ruling not in WITH_REFUND and _standing(order, dispute) is not None:
        detail = "The refund of the dispute stands: reject it first, or the dispute is settled."
        raise RulingWithoutRefundError(detail, pointer="/ruling", refund_id=dispute.refund_id)
    return replace(dispute, closed_at=at, closed_by=by, ruling=ruling, closing_note=note)


def _standing(order: Order, dispute: Dispute) -> Refund | None:
    refund = order.refund(dispute.refund_id)
    return None if refund is None or refund.rejected_at is not None else refund
