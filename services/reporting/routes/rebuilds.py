"""Routes of rebuilds: begin one, see how far it is, let it serve, or throw it away."""

from typing import Annotated

from fastapi import APIRouter, Path, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.refusals import (
    NotAllStoresError,
    RebuildMissingError,
    RebuildUnfitError,
)
from services.reporting.planner.standing import READER
from services.reporting.repository.rebuild_set import drop_replaced, progress
from services.reporting.repository.rebuilds import (
    Rebuild,
    State,
    Wish,
    ask_for_rebuild,
    find_rebuild,
    latest_rebuilds,
    lock_rebuild,
    wish_for,
)
from services.reporting.schemas.rebuilding import NewSwap, Rebuilds, RebuildView
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["rebuilds"])

LATEST = 20
"""Rebuilds answered at most."""

RebuildId = Annotated[int, Path(ge=1, le=2**63 - 1)]
Operator = Annotated[Caller, Security(require("figures:repair"))]


@router.get("/v1/rebuilds")
async def list_rebuilds(session: SessionDep, caller: Operator) -> Rebuilds:
    """List the last rebuilds, the newest first."""
    _demand_all_stores(caller)
    found = await latest_rebuilds(session, LATEST)
    return Rebuilds(items=[await _view(session, rebuild) for rebuild in found])


@router.post("/v1/rebuilds", status_code=202)
async def begin_rebuild(session: SessionDep, caller: Operator) -> RebuildView:
    """Build all figures once more from the owners' logs, beside those that serve.

    One at a time: 409 while another is open.
    """
    _demand_all_stores(caller)
    rebuild = await ask_for_rebuild(session, caller.name)
    if rebuild is None:
        raise RebuildUnfitError("Another rebuild is open.", state=State.BUILDING)
    return await _view(session, rebuild)


@router.get("/v1/rebuilds/{rebuild_id}")
async def show_rebuild(session: SessionDep, caller: Operator, rebuild_id: RebuildId) -> RebuildView:
    """Show how far a rebuild is, and what differs once it is compared."""
    _demand_all_stores(caller)
    return await _view_of(session, rebuild_id)


@router.post("/v1/rebuilds/{rebuild_id}/swap", status_code=202)
async def swap_rebuild(
    body: NewSwap, session: SessionDep, caller: Operator, rebuild_id: RebuildId
) -> RebuildView:
    """Let rebuilt figures serve, within seconds; those that served are kept until dropped.

    409 unless it is compared, and either equal or its differences accepted.
    """
    _demand_all_stores(caller)
    rebuild = _found(await lock_rebuild(session, rebuild_id), rebuild_id)
    if rebuild.state != State.COMPARED:
        raise RebuildUnfitError(f"The rebuild is {rebuild.state}.", state=rebuild.state)
    if rebuild.rows_differing and not body.accept_differences:
        raise RebuildUnfitError(
            f"{rebuild.rows_differing} rows differ; accept the differences or drop the rebuild.",
            state=rebuild.state,
            rows_differing=rebuild.rows_differing,
        )
    await wish_for(session, rebuild, Wish.SWAP, caller.name)
    return await _view_of(session, rebuild_id)


@router.post("/v1/rebuilds/{rebuild_id}/drop", status_code=202)
async def drop_rebuild(session: SessionDep, caller: Operator, rebuild_id: RebuildId) -> RebuildView:
    """Throw away what was rebuilt; of a swapped one, what served before it."""
    _demand_all_stores(caller)
    rebuild = _found(await lock_rebuild(session, rebuild_id), rebuild_id)
    if rebuild.state == State.SWAPPED:
        await drop_replaced(session)
    else:
        await wish_for(session, rebuild, Wish.DROP, caller.name)
    return await _view_of(session, rebuild_id)


def _demand_all_stores(caller: Caller) -> None:
    if caller.limit(None) is not None:
        raise NotAllStoresError("A rebuild concerns all stores.")


def _found(rebuild: Rebuild | None, rebuild_id: int) -> Rebuild:
    if rebuild is None:
        raise RebuildMissingError(f"There is no rebuild {rebuild_id}.", id=rebuild_id)
    return rebuild


async def _view_of(session: AsyncSession, rebuild_id: int) -> RebuildView:
    return await _view(session, _found(await find_rebuild(session, rebuild_id), rebuild_id))


async def _view(session: AsyncSession, rebuild: Rebuild) -> RebuildView:
    counts = await progress(session, rebuild.reader, READER)
    if rebuild.state == State.SWAPPED:
        counts = {**counts, "events_read": counts["events"]}
    return RebuildView.model_validate({**rebuild._asdict(), **counts})
