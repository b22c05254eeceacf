"""Goods that come back: expected, and inspected."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, Security

from services.inventory.repository.returns import claim_inspection, list_expected
from services.inventory.schemas.parts import Codes, codes_of
from services.inventory.schemas.returns import (
    ExpectedView,
    InspectionAnswer,
    NewInspection,
    expected_view,
    findings_of,
    inspection_view,
)
from services.inventory.usecases.inspecting import inspect_return, new_inspection
from shared.kernel.clock import utc_now
from shared.kernel.ids import new_id
from shared.registry.stores import wait_for_stores
from shared.web.callers import Caller, require
from shared.web.pages import PageQuery
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["returns"])

Reader = Annotated[Caller, Security(require("inventory:read"))]
Writer = Annotated[Caller, Security(require("inventory:write"))]


class ExpectedQuery(PageQuery):
    """Whose returns are asked for."""

    stores: Codes | None = None


@router.get("/v1/expected-returns")
async def show_expected_returns(
    query: Annotated[ExpectedQuery, Query()], session: SessionDep, caller: Reader
) -> list[ExpectedView]:
    """List what is to come back and was not inspected yet, the longest waiting first."""
    stores = caller.limit(codes_of(query.stores))
    return [expected_view(row) for row in await list_expected(session, stores, most=query.limit)]


@router.post("/v1/inspections", status_code=201, responses={200: {"model": InspectionAnswer}})
async def inspect(
    body: NewInspection, response: Response, session: SessionDep, caller: Writer
) -> InspectionAnswer:
    """Tell what was found of returned goods (退货验货): intact to stock, others to quarantine."""
    caller.demand_store(body.store_id)
    stores = await wait_for_stores(session, [body.store_id])
    inspection = new_inspection(
        new_id("ins"),
        store_id=body.store_id,
        external_id=body.external_id,
        order_id=body.order_id,
        case_id=body.case_id,
        warehouse_id=body.warehouse_id,
        waybill=body.waybill,
        lines=findings_of(body),
        inspected_by=caller.name,
        inspected_at=body.inspected_at or utc_now(),
    )
    outcome = await inspect_return(session, inspection, stores[body.store_id], caller=caller)
    if outcome == "unchanged":
        response.status_code = 200
        known = await claim_inspection(session, body.store_id, body.external_id)
        inspection = known or inspection
    return InspectionAnswer(inspection=inspection_view(inspection), outcome=outcome)
