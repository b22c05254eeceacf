"""Levels held against their ledger, and repaired."""

from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel, Field

from services.inventory.repository.drift import Drift, find_drift
from services.inventory.schemas.parts import StockBody, Word
from services.inventory.usecases.repairing import repair_levels
from services.inventory.usecases.warehouses import show_warehouses
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["stock"])

Reader = Annotated[Caller, Security(require("inventory:read"))]
Repairer = Annotated[Caller, Security(require("inventory:write"))]


class RepairBody(StockBody):
    """Which SKUs to repair; without any all that are amiss."""

    skus: Annotated[list[Word], Field(min_length=1, max_length=1000)] | None = None


class DriftView(BaseModel):
    """A level that is not what it should be, beside what the ledger and reservations say."""

    warehouse_id: str
    sku: str
    on_hand: int
    reserved: int
    quarantine: int
    in_transit: int
    safety_stock: int
    promised: int
    is_drifted: bool
    is_unpromised: bool
    is_unsafe: bool


@router.get("/v1/stock/drift")
async def show_drift(session: SessionDep, caller: Reader) -> list[DriftView]:
    """List levels that are not the sums of their rows, or promised to nobody."""
    visible = {each.warehouse_id for each in await show_warehouses(session, caller)}
    return [_view(each) for each in await find_drift(session) if each.warehouse_id in visible]


@router.post("/v1/stock/repairs")
async def repair(body: RepairBody, session: SessionDep, caller: Repairer) -> list[DriftView]:
    """Set levels to what the ledger says, and promises to what is promised; repeat at will."""
    return [_view(each) for each in await repair_levels(session, body.skus, caller=caller.name)]


def _view(drift: Drift) -> DriftView:
    return DriftView(safety_stock=drift.safety, **_but_safety(drift))


def _but_safety(drift: Drift) -> dict[str, int | str | bool]:
    return {name: value for name, value in drift._asdict().items() if name != "safety"}
