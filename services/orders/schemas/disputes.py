"""Disputes as they are told and shown."""

from typing import Literal

from pydantic import BaseModel

from services.orders.domain.disputes import Dispute
from services.orders.schemas.case_refunds import CaseRefund
from services.orders.schemas.new_order import Happened, OrderBody, Prose, Word
from services.orders.schemas.parts import Moment
from shared.kernel.money import format_minor
from shared.web.bodies import Instant, PositiveMoney

DisputeKind = Literal[
    "refund", "return", "not_received", "quality", "not_as_described", "late", "other"
]
Ruling = Literal["buyer", "seller", "settled", "withdrawn"]


class NewDispute(Happened):
    """A dispute (维权): what is claimed, and by when the platform wants an answer."""

    kind: DisputeKind
    external_id: Word | None = None
    reason: Prose = ""
    amount: PositiveMoney
    answer_by: Instant | None = None
    refund_id: Word | None = None


class DisputedRefund(OrderBody):
    """The refund that a dispute is about."""

    refund_id: Word


class AwardedRefund(CaseRefund):
    """The refund that a ruling gives the buyer, with or without the goods coming back."""

    with_return: bool = False


class DisputeClosure(Happened):
    """What the platform ruled, or how it ended; only the buyer's or a settlement has a refund."""

    ruling: Ruling
    refund: AwardedRefund | None = None
    note: Prose = ""


class DisputeView(BaseModel):
    """A dispute."""

    dispute_id: str
    order_id: str
    store_id: str
    external_id: str | None
    status: str
    kind: str
    reason: str
    amount: str
    opened_at: Moment
    opened_by: str
    answer_by: Moment | None
    refund_id: str | None
    closed_at: Moment | None
    closed_by: str | None
    ruling: str | None
    closing_note: str


class DisputeAnswer(BaseModel):
    """A dispute after a request, what the request did, and a receipt."""

    dispute: DisputeView
    outcome: str
    receipt: str


_SHOWN = [name for name in DisputeView.model_fields if name not in {"status", "amount"}]


def dispute_view(dispute: Dispute, currency: str) -> DisputeView:
    """Return a dispute as it is shown."""
    return DisputeView(
        **{name: getattr(dispute, name) for name in _SHOWN},
        status=dispute.status,
        amount=format_minor(dispute.amount_minor, currency),
    )
