"""Orders as sources state them: one, or a batch."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, Security
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.domain.reconciling import Outcome
from services.orders.repository.receipts import receipt_of
from services.orders.routes.gathering import gathering_over, shown
from services.orders.routes.showing import Personal, answer_for
from services.orders.schemas.new_order import NewOrder
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases.changing import Changed
from services.orders.usecases.receiving import Received, Reception, receive_orders
from shared.crypto import PersonalData
from shared.kernel.refusals import Refusal
from shared.registry.stores import Store, StoreUnknownError, find_stores, wait_for_stores
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
from shared.web.callers import Caller, ScopeMissingError, require
from shared.web.gathering import Gathering
from shared.web.transactional import AttemptDep, SessionDep, TransactionalRoute, claims_itself

router = APIRouter(route_class=TransactionalRoute, tags=["orders"])

Writer = Annotated[Caller, Security(require("orders:write"))]

_IMPORT = "orders:import"
_ADAPTER = TypeAdapter(NewOrder)


def _demand_rights(caller: Caller, row: NewOrder) -> None:
    caller.demand_store(row.store_id)
    if row.backfill and not caller.may(_IMPORT):
        raise ScopeMissingError(f"Backfill needs the scope {_IMPORT}.", scope=_IMPORT)


async def gathering_of(request: Request, personal: Personal) -> Gathering[NewOrder]:
    """Return what gathers the single orders of this process."""
    state = request.app.state
    if not hasattr(state, "gathering"):
        state.gathering = gathering_over(state.database, personal, _answer)
    gathering: Gathering[NewOrder] = state.gathering
    return gathering


Gatherer = Annotated[Gathering[NewOrder], Depends(gathering_of)]


@router.post(
    "/v1/orders",
    response_model=OrderAnswer,
    responses={200: {"model": OrderAnswer}},
    status_code=201,
)
@claims_itself
async def create_order(
    body: NewOrder,
    session: SessionDep,
    attempt: AttemptDep,
    caller: Writer,
    personal: Personal,
    gathering: Gatherer,
) -> Response:
    """State an order: 201 when it is new, 200 when it was there (updated, unchanged, stale)."""
    _demand_rights(caller, body)
    try:
        gathered = await gathering.receive(body, caller, attempt)
    except Refusal as refusal:
        metrics.REFUSALS.labels(refusal.kind).inc()
        raise
    if gathered is not None:
        return gathered
    earlier = await attempt.begin(session) if attempt else None
    if earlier is not None:
        return earlier
    changed = await _receive_alone(session, body, caller, personal)
    answer = _answer(changed, caller, personal)
    if attempt is not None:
        await attempt.finish(session, answer)
    return answer


async def _receive_alone(
    session: AsyncSession, body: NewOrder, caller: Caller, personal: PersonalData
) -> Changed:
    stores = await wait_for_stores(session, [body.store_id])
    [received] = await receive_orders(session, [body], Reception(caller.name, personal, stores))
    if received.refusal is not None:
        metrics.REFUSALS.labels(received.refusal.kind).inc()
        raise received.refusal
    return await shown(session, received, caller)


def _answer(changed: Changed, caller: Caller, personal: PersonalData) -> Response:
    status = 201 if changed.outcome is Outcome.CREATED else 200
    body = answer_for(changed, caller, personal).model_dump_json()
    return Response(body, status, media_type="application/json")


@router.post("/v1/orders:batch", openapi_extra=batch_body("NewOrder"))
async def create_orders(
    request: Request, options: BatchQuery, session: SessionDep, caller: Writer, personal: Personal
) -> Response:
    """State up to 1,000 orders, with one outcome for each."""
    rows = await read_rows(request, _ADAPTER, names=("store_id", "external_id"))
    rows = reject_repeated(rows, lambda row: (row.store_id, row.external_id))
    write = partial(_write, session, caller, personal)
    answer = await run_batch(request, rows, write, session=session, options=options)
    if options.dry_run:
        metrics.count_nothing(session)
    return answer


async def _write(
    session: AsyncSession, caller: Caller, personal: PersonalData, rows: Sequence[Row[NewOrder]]
) -> list[RowOutcome]:
    stores = await _known_stores(session, rows)
    taken: list[NewOrder] = []
    refusals: dict[int, Refusal] = {}
    for place, row in enumerate(rows):
        body = row.value
        if body is None:
            continue
        try:
            _demand_rights(caller, body)
            if body.store_id not in stores:
                detail = f"Store {body.store_id} is not known."
                raise StoreUnknownError(detail, pointer="/store_id")
        except Refusal as refusal:
            refusals[place] = refusal
        else:
            taken.append(body)
    received = iter(await receive_orders(session, taken, Reception(caller.name, personal, stores)))
    outcomes = [
        _outcome(
            row, Received(None, refusal=refusals[place]) if place in refusals else next(received)
        )
        for place, row in enumerate(rows)
    ]
    _count(session, outcomes)
    return outcomes


async def _known_stores(session: AsyncSession, rows: Sequence[Row[NewOrder]]) -> dict[str, Store]:
    wanted = {row.value.store_id for row in rows if row.value is not None}
    try:
        return await wait_for_stores(session, wanted)
    except StoreUnknownError:
        return await find_stores(session, wanted)


def _outcome(row: Row[NewOrder], received: Received) -> RowOutcome:
    names = {**row.names, "order_id": received.order_id}
    if received.refusal is not None or received.outcome is None:
        errors = refusal_errors(received.refusal) if received.refusal else []
        return rejection(errors, names)
    receipt = None
    if received.order_id is not None and received.event_id is not None:
        receipt = receipt_of(received.order_id, received.event_id)
    return RowOutcome(received.outcome, names, (), receipt)


def _count(session: AsyncSession, outcomes: Sequence[RowOutcome]) -> None:
    for outcome in outcomes:
        metrics.count_later(session, metrics.ROWS.labels(outcome.outcome))
        for error in outcome.errors:
            metrics.count_later(session, metrics.REFUSALS.labels(error.code))
