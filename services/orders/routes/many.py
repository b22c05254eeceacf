"""The house's work on up to 1,000 orders in one request, with one outcome for each."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response, Security
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.moves import Status
from services.orders.routes.working import AtBench
from services.orders.schemas.steps import AuditRow, PrintRow, StepRow
from services.orders.usecases import printing, stepping
from services.orders.usecases.verifying import Verifying
from services.orders.usecases.working import Work, Worked
from shared.kernel.clock import utc_now
from shared.web.batch import BatchOptions, BatchQuery, batch_body
from shared.web.callers import Caller, require
from shared.web.transactional import TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["fulfilment"])

Verifier = Annotated[Caller, Security(require("orders:amend"))]
Auditor = Annotated[Caller, Security(require("orders:audit"))]
Clerk = Annotated[Caller, Security(require("shipments:write"))]

_STEPS = TypeAdapter(StepRow)
_AUDITS = TypeAdapter(AuditRow)
_PRINTS = TypeAdapter(PrintRow)
_STEPS_BODY = batch_body(StepRow)


@router.post("/v1/orders:verify", openapi_extra=_STEPS_BODY)
async def verify_orders(bench: AtBench, caller: Verifier, options: BatchQuery) -> Response:
    """Verify orders."""
    verifying = Verifying()
    return await bench.work_on_rows(
        _STEPS,
        partial(verifying.work, now=utc_now(), staff=caller.name),
        caller=caller,
        action=f"order.{Status.VERIFIED}",
        options=options,
        prepare=verifying.prepare,
    )


@router.post("/v1/orders:audit", openapi_extra=batch_body(AuditRow))
async def audit_orders(bench: AtBench, caller: Auditor, options: BatchQuery) -> Response:
    """Audit orders."""
    work_of = partial(stepping.audit, now=utc_now(), staff=caller.name)
    return await bench.work_on_rows(
        _AUDITS, work_of, caller=caller, action="order.audited", options=options
    )


@router.post("/v1/orders:print", openapi_extra=batch_body(PrintRow))
async def print_orders(bench: AtBench, caller: Clerk, options: BatchQuery) -> Response:
    """Print orders, and with each those that share its parcel."""

    async def do(session: AsyncSession, rows: Mapping[str, PrintRow]) -> Mapping[str, Worked]:
        return await printing.print_orders(session, rows, utc_now(), caller=caller)

    return await bench.do_rows(_PRINTS, do, options=options)


@router.post("/v1/orders:pick", openapi_extra=_STEPS_BODY)
async def pick_orders(bench: AtBench, caller: Clerk, options: BatchQuery) -> Response:
    """Pick orders."""
    return await _step(Status.PICKED, bench, caller, options)


@router.post("/v1/orders:check", openapi_extra=_STEPS_BODY)
async def check_orders(bench: AtBench, caller: Clerk, options: BatchQuery) -> Response:
    """Check orders."""
    return await _step(Status.CHECKED, bench, caller, options)


@router.post("/v1/orders:pack", openapi_extra=_STEPS_BODY)
async def pack_orders(bench: AtBench, caller: Clerk, options: BatchQuery) -> Response:
    """Pack orders."""
    return await _step(Status.PACKED, bench, caller, options)


async def _step(step: Status, bench: AtBench, caller: Caller, options: BatchOptions) -> Response:
    def work_of(row: StepRow) -> Work:
        return stepping.take_step(step, row, utc_now(), staff=caller.name)

    return await bench.work_on_rows(
        _STEPS, work_of, caller=caller, action=f"order.{step}", options=options
    )
