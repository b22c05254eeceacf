"""Disputes (维权)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.disputes import Dispute, DisputeStatus
from services.orders.repository.disputes import DISPUTES
from services.orders.routes.casework import AtDesk, CaseDesk, CaseQuery, page_of
from services.orders.schemas.disputes import (
    DisputeAnswer,
    DisputeClosure,
    DisputedRefund,
    DisputeKind,
    DisputeView,
    NewDispute,
    Ruling,
    dispute_view,
)
from services.orders.schemas.new_order import Word
from services.orders.usecases import disputes
from services.orders.usecases.casework import Done, show_case
from services.orders.usecases.changing import show_order
from shared.kernel.clock import utc_now
from shared.registry.stores import find_stores
from shared.web.callers import Caller, require
from shared.web.pages import Page, Position
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["disputes"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Agent = Annotated[Caller, Security(require("refunds:write"))]


class DisputeQuery(CaseQuery):
    """Which disputes are asked for."""

    status: DisputeStatus | None = None
    kind: DisputeKind | None = None
    ruling: Ruling | None = None
    opened_by: Word | None = None


@router.post("/v1/orders/{order_id}/disputes", status_code=201)
async def open_dispute(
    order_id: str, body: NewDispute, desk: AtDesk, session: SessionDep, caller: Agent
) -> DisputeAnswer:
    """Say that the buyer called the platform."""
    desk.demand_key(body.external_id)
    with desk:
        done = await disputes.open_dispute(session, order_id, body, utc_now(), caller=caller)
    return _answer(desk, done)


@router.post("/v1/disputes/{dispute_id}/refund")
async def tie_dispute_to_refund(
    dispute_id: str, body: DisputedRefund, desk: AtDesk, session: SessionDep, caller: Agent
) -> DisputeAnswer:
    """Say which refund a dispute is about."""
    with desk:
        done = await disputes.link_refund(session, dispute_id, body.refund_id, caller=caller)
    return _answer(desk, done)


@router.post("/v1/disputes/{dispute_id}/closure")
async def close_dispute(
    dispute_id: str, body: DisputeClosure, desk: AtDesk, session: SessionDep, caller: Agent
) -> DisputeAnswer:
    """Close a dispute with its ruling; the buyer's or a settlement may ask for its refund."""
    with desk:
        done = await disputes.close_dispute(session, dispute_id, body, utc_now(), caller=caller)
    return _answer(desk, done)


@router.get("/v1/disputes")
async def list_disputes(
    query: Annotated[DisputeQuery, Query()], session: SessionDep, caller: Reader
) -> Page[DisputeView]:
    """List disputes in the order they were opened."""
    wanted = query.filter(
        caller,
        status=query.status,
        kind=query.kind,
        ruling=query.ruling,
        opened_by=query.opened_by,
    )
    page, cursor = await page_of(
        session, DISPUTES, wanted, query, lambda each: Position(each.opened_at, each.dispute_id)
    )
    return Page(items=await _views(session, page), next_cursor=cursor)


@router.get("/v1/disputes/{dispute_id}")
async def get_dispute(dispute_id: str, session: SessionDep, caller: Reader) -> DisputeView:
    """Show one dispute."""
    [view] = await _views(session, [await show_case(session, DISPUTES, dispute_id, caller)])
    return view


@router.get("/v1/orders/{order_id}/disputes")
async def list_disputes_of_order(
    order_id: str, session: SessionDep, caller: Reader
) -> list[DisputeView]:
    """List the disputes of an order."""
    await show_order(session, order_id, caller)
    return await _views(session, await DISPUTES.of_order(session, order_id))


def _answer(desk: CaseDesk, done: Done[Dispute]) -> DisputeAnswer:
    view = dispute_view(done.case, done.store.currency)
    return DisputeAnswer(dispute=view, outcome=done.outcome, receipt=desk.receipt(done))


async def _views(session: AsyncSession, found: Sequence[Dispute]) -> list[DisputeView]:
    stores = await find_stores(session, {dispute.store_id for dispute in found})
    return [dispute_view(each, stores[each.store_id].currency) for each in found]
