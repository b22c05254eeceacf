"""The archive (归档)."""

from typing import Annotated

from fastapi import APIRouter, Body, Security

from services.orders.routes.working import AtBench
from services.orders.schemas.new_order import Happened
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases.archiving import ACTION, filing
from shared.kernel.clock import utc_now
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["archive"])

Writer = Annotated[Caller, Security(require("orders:write"))]


@router.post("/v1/orders/{order_id}/archiving")
async def archive_order(
    order_id: str,
    bench: AtBench,
    session: SessionDep,
    caller: Writer,
    body: Annotated[Happened | None, Body()] = None,
) -> OrderAnswer:
    """File an order that is over and of which nothing is open."""
    at = utc_now() if body is None or body.at is None else body.at
    return await bench.work(order_id, await filing(session, order_id, at), caller, ACTION)
