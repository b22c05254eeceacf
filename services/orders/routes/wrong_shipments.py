"""Wrong shipments (发错)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.wrong_shipments import WrongShipment
from services.orders.repository.wrong_shipments import WRONG_SHIPMENTS
from services.orders.routes.casework import AtDesk, CaseQuery, PeriodQuery, page_of
from services.orders.schemas.new_order import Word
from services.orders.schemas.wrong_shipments import (
    NewWrongShipment,
    WrongCountView,
    WrongKind,
    WrongShipmentAnswer,
    WrongShipmentView,
    wrong_shipment_view,
)
from services.orders.usecases import wrong_shipments
from services.orders.usecases.casework import show_case
from services.orders.usecases.changing import show_order
from shared.kernel.clock import utc_now
from shared.kernel.money import format_minor
from shared.registry.stores import find_stores
from shared.web.bodies import Instant
from shared.web.callers import Caller, require
from shared.web.pages import Page, Position
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["wrong shipments"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Agent = Annotated[Caller, Security(require("orders:amend"))]


class WrongShipmentQuery(CaseQuery):
    """Which entries are asked for: registered at `since` or after it, and before `until`."""

    kind: WrongKind | None = None
    responsible_staff: Word | None = None
    since: Instant | None = None
    until: Instant | None = None


@router.post("/v1/orders/{order_id}/wrong-shipments", status_code=201)
async def register_wrong_shipment(
    order_id: str, body: NewWrongShipment, desk: AtDesk, session: SessionDep, caller: Agent
) -> WrongShipmentAnswer:
    """Register what was sent wrong, with the person it is put down to."""
    desk.demand_key()
    with desk:
        done = await wrong_shipments.register(session, order_id, body, utc_now(), caller=caller)
    view = wrong_shipment_view(done.case, done.store.currency)
    return WrongShipmentAnswer(entry=view, outcome=done.outcome, receipt=desk.receipt(done))


@router.get("/v1/wrong-shipments")
async def list_wrong_shipments(
    query: Annotated[WrongShipmentQuery, Query()], session: SessionDep, caller: Reader
) -> Page[WrongShipmentView]:
    """List the register in the order of its entries."""
    wanted = query.filter(
        caller,
        since=query.since,
        until=query.until,
        kind=query.kind,
        responsible_staff=query.responsible_staff,
    )
    page, cursor = await page_of(
        session,
        WRONG_SHIPMENTS,
        wanted,
        query,
        lambda each: Position(each.registered_at, each.register_id),
    )
    return Page(items=await _views(session, page), next_cursor=cursor)


@router.get("/v1/wrong-shipments/summary")
async def summarise_wrong_shipments(
    query: Annotated[PeriodQuery, Query()], session: SessionDep, caller: Reader
) -> list[WrongCountView]:
    """Count the register by person and kind, over days of the stores' own calendars."""
    stores, counts = await wrong_shipments.summarise(
        session, query.limited(caller), first=query.from_, last=query.to
    )
    currencies = {store_id: store.currency for store_id, store in stores.items()}
    return [
        WrongCountView(
            store_id=each.store_id,
            currency=currencies[each.store_id],
            responsible_staff=each.responsible_staff,
            kind=each.kind,
            entries=each.entries,
            cost=format_minor(each.cost_minor, currencies[each.store_id]),
        )
        for each in counts
    ]


@router.get("/v1/wrong-shipments/{register_id}")
async def get_wrong_shipment(
    register_id: str, session: SessionDep, caller: Reader
) -> WrongShipmentView:
    """Show one entry."""
    [view] = await _views(session, [await show_case(session, WRONG_SHIPMENTS, register_id, caller)])
    return view


@router.get("/v1/orders/{order_id}/wrong-shipments")
async def list_wrong_shipments_of_order(
    order_id: str, session: SessionDep, caller: Reader
) -> list[WrongShipmentView]:
    """List the wrong shipments of an order."""
    await show_order(session, order_id, caller)
    return await _views(session, await WRONG_SHIPMENTS.of_order(session, order_id))


async def _views(session: AsyncSession, found: Sequence[WrongShipment]) -> list[WrongShipmentView]:
    stores = await find_stores(session, {entry.store_id for entry in found})
    return [wrong_shipment_view(each, stores[each.store_id].currency) for each in found]
