"""Disputes, as the rules see them."""

from dataclasses import replace

import pytest

from services.orders.domain import disputes, refunding
from services.orders.domain.changes import Changes
from services.orders.domain.disputes import Dispute
from services.orders.domain.refusals import (
    FactDiffersError,
    IllegalMoveError,
    RefundUnfitError,
    RefundUnknownError,
    RulingWithoutRefundError,
)
from tests.support.order_rules import ORDER_ID, a_paid_order, a_refund, at, changing

DISPUTE = Dispute("dsp_1", ORDER_ID, "s1", None, "refund", "", 1000, at(100), "S1")


def disputed() -> tuple[Changes, Dispute]:
    changes = changing(a_paid_order(refunds=[a_refund(1000), a_refund(500, "2")]))
    refund_id = changes.order.refunds[0].refund_id
    return changes, disputes.link_refund(changes, DISPUTE, refund_id, pointer=None)


def test_refund_of_a_dispute_is_disputed() -> None:
    changes, dispute = disputed()
    first, second = changes.order.refunds

    assert (first.is_disputed, second.is_disputed) == (True, False)
    assert disputes.link_refund(changes, dispute, first.refund_id, pointer=None) is dispute
    with pytest.raises(RefundUnfitError):
        disputes.link_refund(changes, dispute, second.refund_id, pointer=None)
    with pytest.raises(RefundUnknownError):
        disputes.link_refund(changes, DISPUTE, "ref_x", pointer=None)


def test_another_refund_takes_the_place_of_a_rejected_one() -> None:
    changes, dispute = disputed()
    first, second = changes.order.refunds
    refunding.reject_refund(changes, first.refund_id, at(700))

    assert disputes.link_refund(
        changes, dispute, second.refund_id, pointer=None
    ) == replace(dispute, refund_id=second.refund_id)  # fmt: skip


@pytest.mark.parametrize("ruling", ["seller", "withdrawn"])
def test_only_the_buyers_ruling_or_a_settlement_has_a_refund(ruling: str) -> None:
    changes, dispute = disputed()

    with pytest.raises(RulingWithoutRefundError):
        disputes.close_dispute(changes.order, dispute, ruling, at(700), by="S1")
    refunding.reject_refund(changes, dispute.refund_id or "", at(650))
    closed = disputes.close_dispute(changes.order, dispute, ruling, at(700), by="S1")

    assert (closed.status, closed.ruling) == ("closed", ruling)


@pytest.mark.parametrize("ruling", ["buyer", "settled"])
def test_ruling_is_told_once(ruling: str) -> None:
    changes, dispute = disputed()
    order = changes.order

    closed = disputes.close_dispute(order, dispute, ruling, at(700), by="S1")

    assert disputes.close_dispute(order, closed, ruling, at(701), by="S2") is closed
    with pytest.raises(FactDiffersError):
        disputes.close_dispute(order, closed, "seller", at(701), by="S2")
    with pytest.raises(IllegalMoveError):
        disputes.link_refund(changes, closed, "ref_x", pointer=None)
