"""Orders as they are: one, or pages of them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, Security
from pydantic import Field

from services.orders.domain.moves import Status
from services.orders.repository.listing import LIST_ORDER, OrderFilter, list_orders, orders_where
from services.orders.repository.stored import StoredOrder
from services.orders.routes.showing import Personal, tag, view_for
from services.orders.schemas.new_order import Word
from services.orders.schemas.views import OrderView
from services.orders.usecases.changing import show_order
from shared.web.callers import Caller, require
from shared.web.pages import (
    ChangesPage,
    ChangesQuery,
    Position,
    cut_page,
    next_page,
    watermark_of,
)
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["orders"])

Reader = Annotated[Caller, Security(require("orders:read"))]


class OrderQuery(ChangesQuery):
    """Which orders are asked for; `stores` are ids with commas between them."""

    stores: Annotated[str | None, Field(max_length=4000)] = None
    status: Status | None = None
    external_id: Word | None = None
    buyer_account: Word | None = None


@router.get("/v1/orders")
async def find_orders(
    query: Annotated[OrderQuery, Query()], session: SessionDep, caller: Reader, personal: Personal
) -> ChangesPage[OrderView]:
    """List orders in the order of their last change."""
    watermark = await watermark_of(session, query)
    wanted = None if query.stores is None else query.stores.split(",")
    stores = caller.limit(wanted)
    account = query.buyer_account
    statement = orders_where(
        OrderFilter(
            stores=stores,
            status=query.status,
            external_id=query.external_id,
            buyer_account_hash=None if account is None else personal.hash(account),
            updated_since=query.updated_since,
        )
    )
    found = await list_orders(session, next_page(statement, LIST_ORDER, query))

    def position_of(stored: StoredOrder) -> Position:
        return Position(stored.updated_at, stored.order.order_id, watermark)

    page, cursor = cut_page(found, query.limit, position_of)
    return ChangesPage(
        items=[view_for(stored, caller, personal) for stored in page],
        next_cursor=cursor,
        watermark=watermark,
    )


@router.get("/v1/orders/{order_id}")
async def get_order(
    order_id: str, response: Response, session: SessionDep, caller: Reader, personal: Personal
) -> OrderView:
    """Show one order."""
    stored = await show_order(session, order_id, caller)
    tag(response, stored)
    return view_for(stored, caller, personal)
