"""Orders as they are: one, or pages of them."""

from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Query, Response, Security

from services.orders.repository.searching import CHANGED, search_orders
from services.orders.repository.stored import StoredOrder
from services.orders.routes.showing import Personal, found_view, page_of_orders, tag
from services.orders.schemas.searching import OrderQuery
from services.orders.schemas.views import FoundOrderView
from services.orders.usecases.changing import show_order
from services.orders.usecases.searching import search_of
from shared.web.callers import Caller, require
from shared.web.pages import ChangesPage, Position, cut_page, decode_cursor, watermark_of
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["orders"])

Reader = Annotated[Caller, Security(require("orders:read"))]


@router.get("/v1/orders", response_model=ChangesPage[FoundOrderView])
async def find_orders(
    query: Annotated[OrderQuery, Query()], session: SessionDep, caller: Reader, personal: Personal
) -> Response:
    """Search orders (订单搜索): the newest first, or changes in their order (`updated_since`)."""
    search = search_of(query, caller, personal)
    after = decode_cursor(query.cursor)
    watermark = await watermark_of(session, query)
    found = await search_orders(session, search, after=after, most=query.limit + 1)
    moment_of = attrgetter(search.by if search.by == CHANGED else f"order.{search.by}")

    def position_of(stored: StoredOrder) -> Position:
        return Position(moment_of(stored), stored.order.order_id, watermark)

    page, cursor = cut_page(found, query.limit, position_of)
    return await page_of_orders(
        session, page, caller, personal, next_cursor=cursor, watermark=watermark
    )


@router.get("/v1/orders/{order_id}")
async def get_order(
    order_id: str, response: Response, session: SessionDep, caller: Reader, personal: Personal
) -> FoundOrderView:
    """Show one order."""
    stored = await show_order(session, order_id, caller)
    tag(response, stored)
    return await found_view(session, stored, caller, personal)
