"""Disputes: opened, tied to a refund, closed with their ruling."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import disputes
from services.orders.domain.disputes import WITH_REFUND, Dispute
from services.orders.domain.refusals import FactDiffersError, RulingWithoutRefundError
from services.orders.messages import disputes as messages
from services.orders.repository.disputes import DISPUTES
from services.orders.schemas.disputes import AwardedRefund, DisputeClosure, NewDispute
from services.orders.schemas.incoming import Money
from services.orders.usecases.case_refunds import ask_refund
from services.orders.usecases.casework import Docket, Done, open_case
from shared.kernel.ids import new_id
from shared.web.callers import Caller


async def open_dispute(
    session: AsyncSession, order_id: str, body: NewDispute, now: datetime, *, caller: Caller
) -> Done[Dispute]:
    """Open a dispute of an order; of the same external_id told again it changes nothing.

    Raises `OrderUnknownError`, `FactDiffersError`, `RefundUnknownError`.
    """
    docket = await Docket.open(session, order_id, caller)
    order = docket.changes.order
    dispute = Dispute(
        dispute_id=new_id("dsp"),
        order_id=order_id,
        store_id=order.store_id,
        external_id=body.external_id,
        kind=body.kind,
        reason=body.reason,
        amount_minor=Money(order.currency).minor(body.amount, "/amount"),
        opened_at=max(body.at or now, order.placed_at),
        opened_by=caller.name,
        answer_by=body.answer_by,
    )
    known = _known(dispute, await DISPUTES.of_order(session, order_id))
    if known is not None:
        return await docket.put(DISPUTES, known, known, action="dispute.opened", events=[])
    if body.refund_id is not None:
        dispute = disputes.link_refund(
            docket.changes, dispute, body.refund_id, pointer="/refund_id"
        )
    told = messages.opened(order, dispute, docket.store.calendar)
    return await docket.put(DISPUTES, None, dispute, action="dispute.opened", events=[told])


async def link_refund(
    session: AsyncSession, dispute_id: str, refund_id: str, *, caller: Caller
) -> Done[Dispute]:
    """Say which refund a dispute is about. Raises as `open_case` and the domain."""
    docket, before = await open_case(session, DISPUTES, dispute_id, caller)
    after = disputes.link_refund(docket.changes, before, refund_id, pointer="/refund_id")
    return await docket.put(DISPUTES, before, after, action="dispute.refund_linked", events=[])


async def close_dispute(
    session: AsyncSession, dispute_id: str, body: DisputeClosure, now: datetime, *, caller: Caller
) -> Done[Dispute]:
    """Close a dispute with its ruling, and with a refund if the ruling gives one.

    Raises `CaseUnknownError`, `FactDiffersError`, `RulingWithoutRefundError` and the refusals of
    refunds.
    """
    docket, before = await open_case(session, DISPUTES, dispute_id, caller)
    at, order = max(body.at or now, before.opened_at), docket.changes.order
    dispute = before
    if body.refund is not None and before.closed_at is None:
        if body.ruling not in WITH_REFUND:
            detail = f"A dispute that ends as {body.ruling} gives no refund."
            raise RulingWithoutRefundError(detail, pointer="/refund")
        dispute = _awarded(docket, before, body.refund, at)
    after = disputes.close_dispute(order, dispute, body.ruling, at, by=caller.name, note=body.note)
    told = messages.closed(order, after, docket.store.calendar)
    return await docket.put(DISPUTES, before, after, action="dispute.closed", events=[told])


def _awarded(docket: Docket, dispute: Dispute, body: AwardedRefund, at: datetime) -> Dispute:
    """Give a dispute the refund of its ruling: one that there is, or one asked for here."""
    refund_id = body.refund_id or ask_refund(
        docket.changes,
        body,
        at,
        name=dispute.dispute_id,
        about={
            "reason": dispute.reason,
            "with_return": body.with_return,
            "reason_kind": _REASONS.get(dispute.kind, "other"),
            "is_quality_fault": dispute.kind == "quality",
            "is_disputed": True,
        },
    )
    return disputes.link_refund(docket.changes, dispute, refund_id, pointer="/refund/refund_id")


_REASONS = {
    "quality": "quality",
    "not_as_described": "not_as_described",
    "late": "late",
    "not_received": "lost",
}
"""The kinds of dispute that are a reason of a refund too."""


def _known(told: Dispute, others: list[Dispute]) -> Dispute | None:
    """Return the dispute of the same external_id; raises `FactDiffersError` if told otherwise."""
    if told.external_id is None:
        return None
    known = next((each for each in others if each.external_id == told.external_id), None)
    for name, pointer in (("kind", "/kind"), ("amount_minor", "/amount")) if known else ():
        if getattr(known, name) != getattr(told, name):
            detail = "The dispute of this external_id was stated otherwise."
            raise FactDiffersError(detail, pointer=pointer)
    return known
