"""Refunds that are asked for with a case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.orders.domain import merging, refunding
from services.orders.domain.changes import Changes
from services.orders.domain.parts import Refund
from services.orders.schemas.case_refunds import CaseRefund
from services.orders.schemas.incoming import Money


def ask_refund(
    changes: Changes, body: CaseRefund, at: datetime, *, name: str, about: Mapping[str, Any]
) -> str:
    """Ask for the refund of a case, for all that can still go back if no amount is given.

    `about` is what the case says of it, `name` what it is called after where it has no external_id.
    Return its id. Raises the refusals of refunds, and `FactDiffersError` for a refund that there
    is, told otherwise.
    """
    order = changes.order
    money = Money(order.currency)
    external_id = body.external_id or f"{name}-{len(order.refunds) + 1}"
    known = {refund.external_id: refund for refund in order.refunds}.get(external_id)
    if body.amount is not None:
        amount = money.minor(body.amount, "/refund/amount")
    else:
        amount = known.amount_minor if known else refunding.rest_of(order)
    refund = Refund(
        external_id,
        amount,
        known.requested_at if known else at,
        postage_minor=money.minor(body.postage, "/refund/postage"),
        lines=money.refund_lines(body.lines, "/refund"),
        **about,
    )
    merging.merge_refunds(changes, [("/refund", refund)])
    return next(each.refund_id for each in order.refunds if each.external_id == external_id)
