"""Route of reconciliation: what owners accepted beside what the figures hold."""

from typing import Annotated

from fastapi import APIRouter, Query, Security

from services.reporting.planner.standing import OWNERS, READER, demand_stores
from services.reporting.repository.digests import Difference, Total, differences, totals
from services.reporting.repository.repairs import ask_for, latest
from services.reporting.repository.standing import list_store_ids, parked_count
from services.reporting.schemas.reconciling import (
    DifferenceView,
    KindView,
    NewRepair,
    Reconciliation,
    RepairView,
)
from shared.log.positions import passed
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["figures"])

LATEST = 50
"""Repairs answered at most."""

MOST = 500
"""Differences answered at most; the counts speak of all."""


@router.get("/v1/reconciliation")
async def reconciliation(
    session: SessionDep,
    caller: Annotated[Caller, Security(require("reports:read"))],
    stores: Annotated[list[str] | None, Query()] = None,
) -> Reconciliation:
    """Compare what owners accepted, by their own tables, with what the figures hold."""
    allowed = await list_store_ids(session, caller.limit(stores), None)
    marks = (await passed(session, READER, OWNERS)).values()
    known = [mark for mark in marks if mark is not None]
    return Reconciliation(
        as_of=min(known, default=None),
        parked=await parked_count(session, READER),
        kinds=[_kind_of(total) for total in await totals(session, allowed)],
        differences=[_difference_of(found) for found in await differences(session, allowed, MOST)],
        repairs=[
            RepairView.model_validate(repair._asdict())
            for repair in await latest(session, allowed, LATEST)
        ],
    )


@router.post("/v1/reconciliation/repairs", status_code=202)
async def repair_store(
    body: NewRepair,
    session: SessionDep,
    caller: Annotated[Caller, Security(require("figures:repair"))],
) -> RepairView:
    """Make a store's figures again from the owner's log, soon; one that is under way is answered.

    What becomes of it is among the `repairs` of `GET /v1/reconciliation`.
    """
    stores = await demand_stores(session, caller.limit([body.store_id]) or [], None)
    repair = await ask_for(session, body.owner, stores[0].store_id, caller.name)
    return RepairView.model_validate(repair._asdict())


def _kind_of(total: Total) -> KindView:
    return KindView(
        owner=total.owner,
        kind=total.kind,
        accepted=total.told,
        accepted_minor=total.told_minor,
        reported=total.held,
        reported_minor=total.held_minor,
        pending=total.told - total.held,
        pending_minor=total.told_minor - total.held_minor,
        drifting_hours=total.drifting_hours,
        told_at=total.told_at,
    )


def _difference_of(found: Difference) -> DifferenceView:
    return DifferenceView(
        owner=found.owner,
        store_id=found.store_id,
        hour=found.hour,
        kind=found.kind,
        accepted=found.told,
        accepted_minor=found.told_minor,
        reported=found.held,
        reported_minor=found.held_minor,
    )
