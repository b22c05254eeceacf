"""Custom-made goods (定制): what was agreed on with the buyer."""

from typing import Annotated

from fastapi import APIRouter, Response, Security

from services.orders.domain.reconciling import Outcome
from services.orders.repository.custom import custom_works_of
from services.orders.repository.receipts import receipt_of
from services.orders.schemas.custom import (
    CustomWorkAnswer,
    CustomWorkBody,
    CustomWorkView,
    custom_work_view,
)
from services.orders.usecases.changing import show_order
from services.orders.usecases.customising import agree_on
from shared.kernel.clock import utc_now
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["custom-made"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Writer = Annotated[Caller, Security(require("orders:amend"))]


@router.post("/v1/orders/{order_id}/custom-work", status_code=201)
async def agree_on_work(
    order_id: str, body: CustomWorkBody, response: Response, session: SessionDep, caller: Writer
) -> CustomWorkAnswer:
    """Agree on specification and delivery date, and hand them to the supplier; repeats are 200."""
    agreed = await agree_on(session, order_id, body, utc_now(), caller=caller)
    if agreed.outcome is Outcome.UNCHANGED:
        response.status_code = 200
    return CustomWorkAnswer(
        custom_work=custom_work_view(agreed.work),
        outcome=agreed.outcome,
        receipt=receipt_of(order_id, agreed.event_id),
    )


@router.get("/v1/orders/{order_id}/custom-work")
async def list_custom_work(
    order_id: str, session: SessionDep, caller: Reader
) -> list[CustomWorkView]:
    """List the standing agreements on an order."""
    await show_order(session, order_id, caller)
    return [custom_work_view(work) for work in await custom_works_of(session, order_id)]
