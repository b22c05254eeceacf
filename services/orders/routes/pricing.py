"""Price and freight changed by staff before payment, and what that comes to."""

from typing import Annotated

from fastapi import APIRouter, Query, Security
from pydantic import Field
from sqlalchemy.engine import RowMapping

from services.orders.repository.pricing import (
    MADE_ORDER,
    PriceFilter,
    list_price_changes,
    price_changes_where,
    sum_price_changes,
)
from services.orders.routes.working import AtBench
from services.orders.schemas.new_order import Word
from services.orders.schemas.pricing import (
    PriceChangeBody,
    PriceChangesPage,
    PriceChangeSums,
    PriceChangeView,
)
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases.pricing import reprice
from shared.kernel.clock import utc_now
from shared.kernel.money import format_minor
from shared.web.bodies import Instant
from shared.web.callers import Caller, require
from shared.web.pages import PageQuery, Position, cut_page, next_page
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["prices"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Writer = Annotated[Caller, Security(require("orders:amend"))]


class PriceQuery(PageQuery):
    """Which price changes are asked for; `stores` are ids with commas, `until` is exclusive."""

    stores: Annotated[str | None, Field(max_length=4000)] = None
    staff: Word | None = None
    since: Instant | None = None
    until: Instant | None = None


@router.post("/v1/orders/{order_id}/price-change")
async def change_price(
    order_id: str, body: PriceChangeBody, bench: AtBench, caller: Writer
) -> OrderAnswer:
    """Change price or freight (改价) of an unpaid order, inside the caller's ceiling."""
    bench.demand_key()
    work = reprice(body, utc_now(), caller=caller)
    return await bench.work(order_id, work, caller, "order.repriced")


@router.get("/v1/price-changes")
async def show_price_changes(
    query: Annotated[PriceQuery, Query()], session: SessionDep, caller: Reader
) -> PriceChangesPage:
    """List price changes in the order they were made, with sums by store and staff."""
    stores = caller.limit(None if query.stores is None else query.stores.split(","))
    wanted = PriceFilter(stores, query.staff, query.since, query.until)
    statement = next_page(price_changes_where(wanted), MADE_ORDER, query)
    found = await list_price_changes(session, statement)
    page, cursor = cut_page(found, query.limit, lambda row: Position(row["at"], row["change_id"]))
    sums = await sum_price_changes(session, wanted)
    return PriceChangesPage(
        items=[_view(row) for row in page], next_cursor=cursor, sums=[_sums(row) for row in sums]
    )


def _view(row: RowMapping) -> PriceChangeView:
    currency = row["currency"]
    return PriceChangeView(
        change_id=row["change_id"],
        order_id=row["order_id"],
        store_id=row["store_id"],
        currency=currency,
        at=row["at"],
        staff=row["staff"],
        reason=row["reason"],
        goods=format_minor(row["goods_minor"], currency),
        postage=format_minor(row["postage_minor"], currency),
        total_before=format_minor(row["total_before_minor"], currency),
        total_after=format_minor(row["total_after_minor"], currency),
        original_total=format_minor(row["original_total_minor"], currency),
        is_superseded=row["superseded_at"] is not None,
    )


def _sums(row: RowMapping) -> PriceChangeSums:
    currency, goods, postage = row["currency"], int(row["goods_minor"]), int(row["postage_minor"])
    return PriceChangeSums(
        store_id=row["store_id"],
        currency=currency,
        staff=row["staff"],
        changes=row["changes"],
        goods=format_minor(goods, currency),
        postage=format_minor(postage, currency),
        total=format_minor(goods + postage, currency),
    )
