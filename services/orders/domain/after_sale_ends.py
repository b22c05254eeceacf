"""How an after-sale case ends, and the refund of a return."""

from dataclasses import replace
from datetime import datetime

from services.orders.domain import refunding
from services.orders.domain.after_sale import (
    AFTER_SALE_MOVES,
    INTACT,
    NOUN,
    OUTCOMES,
    REFUSED,
    WITHDRAWN,
    AfterSale,
)
from services.orders.domain.cases import CaseCondition, demand_move
from services.orders.domain.changes import Changes
from services.orders.domain.moves import RefundStatus
from services.orders.domain.order import Order
from services.orders.domain.refusals import (
    IllegalMoveError,
    RefundNotPaidError,
    RefundUnfitError,
    RefundUnknownError,
)
from services.orders.domain.return_freight import RETURN

_VERBS = {REFUSED: "refuse", WITHDRAWN: "withdraw"}


def link_refund(
    changes: Changes, case: AfterSale, refund_id: str, *, pointer: str | None
) -> AfterSale:
    """Make a refund with return (退货退款) that of a case; the same one again changes nothing.

    Raises `IllegalMoveError`, `RefundUnknownError`, `RefundUnfitError`.
    """
    if case.refund_id == refund_id:
        return case
    met = (CaseCondition.RETURN,) if case.kind == RETURN else ()
    demand_move(AFTER_SALE_MOVES, "link a refund", case.status, met, noun=NOUN)
    standing = changes.order.refund(case.refund_id)
    if standing is not None and standing.rejected_at is None:
        raise RefundUnfitError("The case has a refund that stands.", pointer=pointer)
    refund = changes.order.refund(refund_id)
    if refund is None:
        raise RefundUnknownError(f"The order has no refund {refund_id}.", pointer=pointer)
    if refund.rejected_at is not None or not refund.with_return:
        detail = "A return takes a refund with return that is not rejected."
        raise RefundUnfitError(detail, pointer=pointer)
    if refund.case_id not in {None, case.case_id}:
        raise RefundUnfitError(f"The refund is that of {refund.case_id}.", pointer=pointer)
    changes.put_refund(
        replace(
            refund,
            case_id=case.case_id,
            reason_kind=case.reason_kind,
            is_quality_fault=case.is_quality_fault,
        )
    )
    return replace(case, refund_id=refund_id)


def end_in_vain(
    changes: Changes, case: AfterSale, outcome: str, at: datetime, *, note: str = ""
) -> AfterSale:
    """Refuse a case, or withdraw it for the buyer; its refund is taken back with it.

    The same end told again changes nothing. Raises `IllegalMoveError`, also if its money went back
    already.
    """
    if case.outcome == outcome:
        return case
    is_unfit = case.condition not in {None, INTACT}
    met = (CaseCondition.UNFIT,) if is_unfit else ()
    demand_move(AFTER_SALE_MOVES, _VERBS[outcome], case.status, met, noun=NOUN)
    refund = changes.order.refund(case.refund_id)
    if refund is not None and refund.status is RefundStatus.PAID:
        detail = "The refund of the case is paid; it can only be closed."
        raise IllegalMoveError(detail, status_now=case.status)
    if refund is not None and refund.rejected_at is None:
        refunding.reject_refund(changes, refund.refund_id, at)
    return replace(case, closed_at=at, outcome=outcome, closing_note=note)


def close_case(
    order: Order, case: AfterSale, at: datetime, *, waives_goods: bool, note: str = ""
) -> AfterSale:
    """Close a case when the buyer has his money, or the goods that were sent instead.

    A return may be closed before its goods came if the shop waives them. The same end told again
    changes nothing. Raises `RefundNotPaidError`, `IllegalMoveError`.
    """
    outcome = OUTCOMES[case.kind]
    if case.outcome == outcome:
        return case
    refund = order.refund(case.refund_id)
    is_refunded = refund is not None and refund.status is RefundStatus.PAID
    if case.kind == RETURN and case.closed_at is None and not is_refunded:
        detail = "The refund is not paid." if refund else "The return has no refund."
        raise RefundNotPaidError(detail, refund_id=case.refund_id)
    met = [CaseCondition.REFUNDED] if case.kind == RETURN else []
    met += [CaseCondition.WAIVED] if met and waives_goods else []
    demand_move(AFTER_SALE_MOVES, "close", case.status, met, noun=NOUN)
    return replace(case, closed_at=at, outcome=outcome, closing_note=note)
