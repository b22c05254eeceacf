"""Returns (退货), exchanges (换货) and repairs (维修)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.after_sale import AfterSale, CaseStatus
from services.orders.repository.after_sales import AFTER_SALES
from services.orders.routes.casework import AtDesk, CaseDesk, CaseQuery, page_of
from services.orders.schemas.after_sales import (
    AfterSaleAnswer,
    AfterSaleKind,
    AfterSaleView,
    Agreement,
    CaseClosure,
    CaseParcel,
    Inspection,
    InVain,
    NewAfterSale,
    after_sale_view,
)
from services.orders.schemas.case_refunds import CaseRefund
from services.orders.schemas.new_order import ReasonKind, Word
from services.orders.usecases import after_sale_steps as steps
from services.orders.usecases.after_sales import Step, open_after_sale, refund_case, work_on_case
from services.orders.usecases.casework import Done, show_case
from services.orders.usecases.changing import show_order
from shared.kernel.clock import utc_now
from shared.registry.stores import find_stores
from shared.web.callers import Caller, require
from shared.web.pages import Page, Position
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["after-sale"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Agent = Annotated[Caller, Security(require("refunds:write"))]
Clerk = Annotated[Caller, Security(require("shipments:write"))]


class AfterSaleQuery(CaseQuery):
    """Which cases are asked for."""

    status: CaseStatus | None = None
    kind: AfterSaleKind | None = None
    reason_kind: ReasonKind | None = None
    opened_by: Word | None = None


@router.post("/v1/orders/{order_id}/after-sales", status_code=201)
async def open_case(
    order_id: str, body: NewAfterSale, desk: AtDesk, session: SessionDep, caller: Agent
) -> AfterSaleAnswer:
    """Open a return, an exchange or a repair; a return may ask for its refund with it."""
    desk.demand_key(body.external_id)
    with desk:
        done = await open_after_sale(session, order_id, body, utc_now(), caller=caller)
    return _answer(desk, done)


@router.post("/v1/after-sales/{case_id}/agreement")
async def agree_to_case(
    case_id: str,
    desk: AtDesk,
    session: SessionDep,
    caller: Agent,
    body: Annotated[Agreement | None, Body()] = None,
) -> AfterSaleAnswer:
    """Agree: the goods are expected."""
    return await _step(steps.agree(body or Agreement(), utc_now()), case_id, desk, session, caller)


@router.post("/v1/after-sales/{case_id}/refusal")
async def refuse_case(
    case_id: str, body: InVain, desk: AtDesk, session: SessionDep, caller: Agent
) -> AfterSaleAnswer:
    """Refuse, at once or when what came back is not as it left."""
    return await _step(steps.refuse(body, utc_now()), case_id, desk, session, caller)


@router.post("/v1/after-sales/{case_id}/withdrawal")
async def withdraw_case(
    case_id: str, body: InVain, desk: AtDesk, session: SessionDep, caller: Agent
) -> AfterSaleAnswer:
    """Take it back for the buyer, until he sent the goods."""
    return await _step(steps.withdraw(body, utc_now()), case_id, desk, session, caller)


@router.post("/v1/after-sales/{case_id}/return-parcel")
async def send_goods_back(
    case_id: str, body: CaseParcel, desk: AtDesk, session: SessionDep, caller: Agent
) -> AfterSaleAnswer:
    """Say by which parcel the goods come back."""
    return await _step(steps.send_back(body, utc_now()), case_id, desk, session, caller)


@router.post("/v1/after-sales/{case_id}/inspection")
async def receive_goods(
    case_id: str, body: Inspection, desk: AtDesk, session: SessionDep, caller: Clerk
) -> AfterSaleAnswer:
    """Say what came back, where inventory does not say it."""
    return await _step(steps.receive(body, utc_now()), case_id, desk, session, caller)


@router.post("/v1/after-sales/{case_id}/refund")
async def give_case_its_refund(
    case_id: str, body: CaseRefund, desk: AtDesk, session: SessionDep, caller: Agent
) -> AfterSaleAnswer:
    """Link the refund of a return, or ask for one."""
    if body.refund_id is None:
        desk.demand_key(body.external_id)
    return await _step(refund_case(body, utc_now()), case_id, desk, session, caller)


@router.post("/v1/after-sales/{case_id}/replacement")
async def send_replacement(
    case_id: str, body: CaseParcel, desk: AtDesk, session: SessionDep, caller: Clerk
) -> AfterSaleAnswer:
    """Say by which parcel the exchanged or repaired goods left."""
    return await _step(steps.send_replacement(body, utc_now()), case_id, desk, session, caller)


@router.post("/v1/after-sales/{case_id}/closure")
async def close_case(
    case_id: str,
    desk: AtDesk,
    session: SessionDep,
    caller: Agent,
    body: Annotated[CaseClosure | None, Body()] = None,
) -> AfterSaleAnswer:
    """Close it: the refund is paid, or the goods went out again."""
    return await _step(
        steps.close(body or CaseClosure(), utc_now()), case_id, desk, session, caller
    )


@router.get("/v1/after-sales")
async def list_cases(
    query: Annotated[AfterSaleQuery, Query()], session: SessionDep, caller: Reader
) -> Page[AfterSaleView]:
    """List returns, exchanges and repairs in the order they were opened."""
    wanted = query.filter(
        caller,
        status=query.status,
        kind=query.kind,
        reason_kind=query.reason_kind,
        opened_by=query.opened_by,
    )
    page, cursor = await page_of(
        session, AFTER_SALES, wanted, query, lambda each: Position(each.opened_at, each.case_id)
    )
    return Page(items=await _views(session, page), next_cursor=cursor)


@router.get("/v1/after-sales/{case_id}")
async def get_case(case_id: str, session: SessionDep, caller: Reader) -> AfterSaleView:
    """Show one case."""
    [view] = await _views(session, [await show_case(session, AFTER_SALES, case_id, caller)])
    return view


@router.get("/v1/orders/{order_id}/after-sales")
async def list_cases_of_order(
    order_id: str, session: SessionDep, caller: Reader
) -> list[AfterSaleView]:
    """List the returns, exchanges and repairs of an order."""
    await show_order(session, order_id, caller)
    return await _views(session, await AFTER_SALES.of_order(session, order_id))


async def _step(
    step: Step, case_id: str, desk: CaseDesk, session: AsyncSession, caller: Caller
) -> AfterSaleAnswer:
    with desk:
        done = await work_on_case(session, case_id, step, caller=caller)
    return _answer(desk, done)


def _answer(desk: CaseDesk, done: Done[AfterSale]) -> AfterSaleAnswer:
    view = after_sale_view(done.case, done.store.currency)
    return AfterSaleAnswer(case=view, outcome=done.outcome, receipt=desk.receipt(done))


async def _views(session: AsyncSession, found: Sequence[AfterSale]) -> list[AfterSaleView]:
    stores = await find_stores(session, {case.store_id for case in found})
    return [after_sale_view(case, stores[case.store_id].currency) for case in found]
