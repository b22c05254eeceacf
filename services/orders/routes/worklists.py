"""The lists that a shop works from."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response, Security
from pydantic import BaseModel, Field

from services.orders.repository.listing import list_placed
from services.orders.repository.stored import StoredOrder
from services.orders.repository.worklists import (
    WORKLISTS,
    count_worklists,
    orders_on,
    place_on,
)
from services.orders.routes.showing import Personal, page_of_orders
from services.orders.schemas.views import FoundOrderView
from shared.kernel.refusals import NotFoundError
from shared.web.callers import Caller, require
from shared.web.pages import Page, PageQuery, Position, cut_page, next_page
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["working lists"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Stores = Annotated[str | None, Field(max_length=4000, description="ids with commas between")]


class WorklistUnknownError(NotFoundError):
    """There is no working list of that name."""

    kind = "worklist-unknown"


class WorklistView(BaseModel):
    """A working list and how many orders stand in it, by store where there are any."""

    name: str
    names: dict[Literal["zh", "en"], str]
    source: str
    orders: int
    stores: dict[str, int]


class StoresQuery(BaseModel):
    """Whose orders are asked for."""

    model_config = {"extra": "forbid"}

    stores: Stores = None


class WorklistQuery(PageQuery):
    """Whose orders are asked for, page by page."""

    stores: Stores = None


@router.get("/v1/worklists/orders")
async def show_worklists(
    query: Annotated[StoresQuery, Query()], session: SessionDep, caller: Reader
) -> list[WorklistView]:
    """Show every working list with its count, imported history left out."""
    counts = await count_worklists(session, caller.limit(_chosen(query.stores)))
    return [
        WorklistView(
            name=name,
            names={"zh": worklist.zh, "en": worklist.en},
            source=worklist.source,
            orders=sum(counts[name].values()),
            stores=counts[name],
        )
        for name, worklist in WORKLISTS.items()
    ]


@router.get("/v1/worklists/orders/{name}", response_model=Page[FoundOrderView])
async def show_worklist(
    name: str,
    query: Annotated[WorklistQuery, Query()],
    session: SessionDep,
    caller: Reader,
    personal: Personal,
) -> Response:
    """List the orders of a working list in the order of work, or of placing."""
    stores = caller.limit(_chosen(query.stores))
    if name not in WORKLISTS:
        raise WorklistUnknownError(f"There is no working list {name}.")
    statement = next_page(orders_on(name, stores), place_on(name), query)
    found = await list_placed(session, statement)

    def position_of(row: tuple[StoredOrder, datetime | None]) -> Position:
        stored, place = row
        return Position(place or stored.order.placed_at, stored.order.order_id)

    page, cursor = cut_page(found, query.limit, position_of)
    orders = [stored for stored, _ in page]
    return await page_of_orders(session, orders, caller, personal, next_cursor=cursor)


def _chosen(stores: str | None) -> list[str] | None:
    return None if stores is None else stores.split(",")
