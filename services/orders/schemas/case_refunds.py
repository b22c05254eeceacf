"""The refund of a case: one that there is, or one that is asked for with it."""

from typing import Annotated

from pydantic import Field

from services.orders.schemas.new_order import NewRefundLine, OrderBody, Word
from shared.web.bodies import NonNegativeMoney, PositiveMoney


class CaseRefund(OrderBody):
    """The refund of a case: one that there is, or one that is asked for here.

    What is asked for without an amount is all that can still go back.
    """

    refund_id: Word | None = None
    external_id: Word | None = None
    amount: PositiveMoney | None = None
    postage: NonNegativeMoney | None = None
    lines: Annotated[list[NewRefundLine], Field(max_length=500)] = Field(default_factory=list)
