"""What the house does with an order: verify, audit, print, pick, check, pack; and what stops it."""

from typing import Annotated

from fastapi import APIRouter, Body, Security

from services.orders.domain.moves import Status
from services.orders.routes.working import AtBench
from services.orders.schemas.new_order import Cancellation, Happened
from services.orders.schemas.steps import AuditBody, PrintBody, PrintRow, Reasoned, StepBody
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases import stepping
from services.orders.usecases.printing import print_orders
from services.orders.usecases.verifying import Verifying
from shared.kernel.clock import utc_now
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["fulfilment"])

Verifier = Annotated[Caller, Security(require("orders:amend"))]
Auditor = Annotated[Caller, Security(require("orders:audit"))]
OrderWriter = Annotated[Caller, Security(require("orders:write"))]
Clerk = Annotated[Caller, Security(require("shipments:write"))]
Servant = Annotated[Caller, Security(require("cs:write"))]
Told = Annotated[StepBody | None, Body()]
When = Annotated[Happened | None, Body()]


@router.post("/v1/orders/{order_id}/verification")
async def verify_order(
    order_id: str, bench: AtBench, caller: Verifier, body: Told = None
) -> OrderAnswer:
    """Say that goods, address, phone and postage were confirmed with the buyer (核对信息)."""
    verifying = Verifying()
    work = verifying.work(body or StepBody(), utc_now(), staff=caller.name)
    return await bench.work(
        order_id, work, caller, f"order.{Status.VERIFIED}", prepare=verifying.prepare
    )


@router.post("/v1/orders/{order_id}/audit")
async def audit_order(
    order_id: str,
    bench: AtBench,
    caller: Auditor,
    body: Annotated[AuditBody | None, Body()] = None,
) -> OrderAnswer:
    """Audit an order (审单): pass it to the printers, hold it, or have it verified again."""
    work = stepping.audit(body or AuditBody(), utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "order.audited")


@router.post("/v1/orders/{order_id}/printing")
async def print_order(
    order_id: str,
    bench: AtBench,
    session: SessionDep,
    caller: Clerk,
    body: Annotated[PrintBody | None, Body()] = None,
) -> OrderAnswer:
    """Say that waybill and picking list are printed (打单), of all who share its parcel."""
    told = PrintRow.model_construct(order_id=order_id, **(body or PrintBody()).__dict__)
    done = await print_orders(session, {order_id: told}, utc_now(), caller=caller)
    return await bench.answer_worked(order_id, done[order_id], caller)


@router.post("/v1/orders/{order_id}/picking")
async def pick_order(
    order_id: str, bench: AtBench, caller: Clerk, body: Told = None
) -> OrderAnswer:
    """Say that the goods were taken from the shelf (配货)."""
    return await _step(Status.PICKED, order_id, bench, caller, body)


@router.post("/v1/orders/{order_id}/check")
async def check_order(
    order_id: str, bench: AtBench, caller: Clerk, body: Told = None
) -> OrderAnswer:
    """Say that the picked goods were checked a second time (二次核对)."""
    return await _step(Status.CHECKED, order_id, bench, caller, body)


@router.post("/v1/orders/{order_id}/packing")
async def pack_order(
    order_id: str, bench: AtBench, caller: Clerk, body: Told = None
) -> OrderAnswer:
    """Say that the goods are packed (打包)."""
    return await _step(Status.PACKED, order_id, bench, caller, body)


@router.post("/v1/orders/{order_id}/follow-up")
async def follow_up_order(
    order_id: str, bench: AtBench, caller: Servant, body: When = None
) -> OrderAnswer:
    """Say that the buyer was asked for receipt and review (确认收货好评)."""
    work = stepping.follow_up(body, utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "order.followed_up")


@router.post("/v1/orders/{order_id}/cancellation")
async def cancel_order(
    order_id: str,
    bench: AtBench,
    caller: OrderWriter,
    body: Annotated[Cancellation | None, Body()] = None,
) -> OrderAnswer:
    """Cancel an order whose goods are still here; what was paid goes back by a refund."""
    work = stepping.cancel(body, utc_now())
    return await bench.work(order_id, work, caller, "order.cancelled")


@router.post("/v1/orders/{order_id}/interception")
async def intercept_order(
    order_id: str, body: Reasoned, bench: AtBench, caller: Clerk
) -> OrderAnswer:
    """Call back what is printed, packed or under way; what was paid goes back by a refund."""
    return await bench.work(
        order_id, stepping.intercept(body, utc_now()), caller, "order.intercepted"
    )


@router.post("/v1/orders/{order_id}/fraud-hold")
async def suspect_order(
    order_id: str, body: Reasoned, bench: AtBench, caller: Auditor
) -> OrderAnswer:
    """Hold an order for fraud (欺诈): nothing of it goes on."""
    work = stepping.suspect(body, utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "fraud.suspected")


@router.post("/v1/orders/{order_id}/fraud-hold/release")
async def trust_order(
    order_id: str, bench: AtBench, caller: Auditor, body: When = None
) -> OrderAnswer:
    """Let an order go on that was held for fraud."""
    work = stepping.trust(body, utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "fraud.cleared")


@router.post("/v1/orders/{order_id}/fraud-hold/confirmation")
async def confirm_fraud(
    order_id: str, body: Reasoned, bench: AtBench, caller: Auditor
) -> OrderAnswer:
    """End an order that is a fraud."""
    work = stepping.confirm_fraud(body, utc_now())
    return await bench.work(order_id, work, caller, "fraud.confirmed")


async def _step(
    step: Status, order_id: str, bench: AtBench, caller: Caller, body: StepBody | None
) -> OrderAnswer:
    work = stepping.take_step(step, body or StepBody(), utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, f"order.{step}")
