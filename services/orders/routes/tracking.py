"""Tracking (物流跟踪): what couriers report of parcels."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from pydantic import TypeAdapter

from services.orders import metrics
from services.orders.domain.tracking import Report, TrackingState
from services.orders.repository.tracking import reports_of
from services.orders.schemas.tracking import TrackingRow, TrackingView
from services.orders.usecases.changing import show_order
from services.orders.usecases.tracking import Told, take_reports
from services.orders.usecases.working import Worked
from shared.web.batch import (
    BatchQuery,
    Row,
    RowOutcome,
    batch_body,
    read_rows,
    refusal_errors,
    reject_repeated,
    rejection,
    run_batch,
)
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["fulfilment"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Clerk = Annotated[Caller, Security(require("shipments:write"))]
_ROWS = TypeAdapter(TrackingRow)


@router.post("/v1/tracking:batch", openapi_extra=batch_body(TrackingRow))
async def track_parcels(
    request: Request, options: BatchQuery, session: SessionDep, caller: Clerk
) -> Response:
    """Take up to 1,000 reports of couriers, in any order and as often as they come."""
    rows = await read_rows(request, _ROWS, names=("courier", "waybill"))
    rows = reject_repeated(rows, _report)

    async def write(good: Sequence[Row[TrackingRow]]) -> list[RowOutcome]:
        told = [
            Told(_report(row.value), row.value.place, row.value.text)
            for row in good
            if row.value is not None
        ]
        done = await take_reports(session, told, caller=caller)
        return [_outcome(row, worked) for row, worked in zip(good, done, strict=True)]

    answer = await run_batch(request, rows, write, session=session, options=options)
    if options.dry_run:
        metrics.count_nothing(session)
    return answer


@router.get("/v1/orders/{order_id}/tracking")
async def list_reports(order_id: str, session: SessionDep, caller: Reader) -> list[TrackingView]:
    """List what couriers reported of an order's parcels, in order of time."""
    await show_order(session, order_id, caller)
    return [TrackingView.model_validate(row) for row in await reports_of(session, order_id)]


def _report(row: TrackingRow) -> Report:
    return Report(row.courier, row.waybill, row.at.astimezone(UTC), TrackingState(row.state))


def _outcome(row: Row[TrackingRow], worked: Worked) -> RowOutcome:
    if worked.outcome is None:
        return rejection(refusal_errors(worked.refusal) if worked.refusal else [], row.names)
    return RowOutcome(worked.outcome, row.names)
