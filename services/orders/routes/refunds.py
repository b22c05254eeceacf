"""Refunds of all orders: urgent ones to finance, the list, the daily summary."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import Field

from services.orders.domain.moves import RefundStatus
from services.orders.repository.refund_lists import (
    LIST_ORDER,
    ListedRefund,
    RefundFilter,
    list_refunds,
    refunds_where,
)
from services.orders.routes.casework import PeriodQuery
from services.orders.routes.changes import AtDesk
from services.orders.schemas.new_order import Word
from services.orders.schemas.refunds import (
    ListedRefundView,
    RefundDayView,
    csv_of,
    listed_refund_view,
    refund_day_view,
)
from services.orders.schemas.steps import Reasoned
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases import telling
from services.orders.usecases.refund_summary import summarise_refunds
from shared.kernel.clock import utc_now
from shared.web.bodies import Instant
from shared.web.callers import Caller, require
from shared.web.pages import Page, PageQuery, Position, cut_page, next_page
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["refunds"])

Reader = Annotated[Caller, Security(require("orders:read"))]
RefundWriter = Annotated[Caller, Security(require("refunds:write"))]

CSV = "text/csv"


class RefundQuery(PageQuery):
    """Which refunds are asked for: asked for at `since` or after it, and before `until`."""

    stores: Annotated[str | None, Field(max_length=4000)] = None
    order_id: Word | None = None
    status: RefundStatus | None = None
    urgent: bool | None = None
    with_return: bool | None = None
    since: Instant | None = None
    until: Instant | None = None


class SummaryQuery(PeriodQuery):
    """Days of stores' own calendars, as JSON or as a file."""

    format: Literal["json", "csv"] | None = None


@router.post("/v1/orders/{order_id}/refunds/{refund_id}/urgent-mark")
async def mark_refund_urgent(
    order_id: str, refund_id: str, body: Reasoned, desk: AtDesk, caller: RefundWriter
) -> OrderAnswer:
    """Ask finance to pay a refund first, lest it becomes a complaint or a bad review."""
    act = telling.urge_refund(refund_id, body, utc_now(), staff=caller.name)
    return await desk.change(order_id, act, caller, "refund.marked_urgent")


@router.get("/v1/refunds")
async def find_refunds(
    query: Annotated[RefundQuery, Query()], session: SessionDep, caller: Reader
) -> Page[ListedRefundView]:
    """List refunds in the order they were asked for, the urgent ones that still wait first."""
    stores = caller.limit(None if query.stores is None else query.stores.split(","))
    statement = refunds_where(
        RefundFilter(
            stores=stores,
            order_id=query.order_id,
            status=query.status,
            is_urgent=query.urgent,
            with_return=query.with_return,
            since=query.since,
            until=query.until,
        )
    )
    found = await list_refunds(session, next_page(statement, LIST_ORDER, query))

    def position_of(listed: ListedRefund) -> Position:
        return Position(listed.stands_at, listed.refund.refund_id)

    page, cursor = cut_page(found, query.limit, position_of)
    return Page(items=[_view(listed) for listed in page], next_cursor=cursor)


@router.get(
    "/v1/refunds/summary",
    response_model=list[RefundDayView],
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def show_refund_summary(
    request: Request,
    query: Annotated[SummaryQuery, Query()],
    session: SessionDep,
    caller: Reader,
) -> Response | list[RefundDayView]:
    """Sum refunds up by the stores' own days, refunds without and with return apart.

    As CSV with `format=csv`, or if the request accepts that alone.
    """
    days = await summarise_refunds(session, query.limited(caller), first=query.from_, last=query.to)
    views = [
        refund_day_view(
            each.store_id, each.day, each.currency, with_return=each.with_return, sums=each.sums
        )
        for each in days
    ]
    wanted = query.format or ("csv" if request.headers.get("accept") == CSV else "json")
    if wanted == "json":
        return views
    name = f"refunds-{query.from_}-{query.to}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_of(views), media_type=f"{CSV}; charset=utf-8", headers=headers)


def _view(listed: ListedRefund) -> ListedRefundView:
    return listed_refund_view(
        listed.refund,
        order_id=listed.order_id,
        store_id=listed.store_id,
        order_external_id=listed.order_external_id,
        currency=listed.currency,
    )
