"""Stock set aside: for checkouts that must know now, and as orders have it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory import metrics
from services.inventory.domain.reservations import Reservation
from services.inventory.repository import reservations as repository
from services.inventory.repository.reservations import ReservationFilter
from services.inventory.repository.untracked import list_untracked
from services.inventory.routes.gathering import gathering_over
from services.inventory.schemas.parts import Codes, Word, codes_of
from services.inventory.schemas.reservations import (
    NewReservation,
    ReservationAnswer,
    ReservationView,
    UntrackedView,
    checkout_of,
    reservation_view,
)
from services.inventory.usecases.checkouts import (
    confirm_reservation,
    release_reservation,
    reserve_checkouts,
    show_reservation,
)
from shared.kernel.clock import utc_now
from shared.kernel.refusals import Refusal
from shared.registry.stores import wait_for_stores
from shared.web.callers import Caller, require
from shared.web.gathering import Gathering
from shared.web.pages import Page, PageQuery, Position, cut_page, next_page
from shared.web.transactional import AttemptDep, SessionDep, TransactionalRoute, claims_itself

router = APIRouter(route_class=TransactionalRoute, tags=["reservations"])

Reader = Annotated[Caller, Security(require("inventory:read"))]
Writer = Annotated[Caller, Security(require("inventory:write"))]


class ReservationQuery(PageQuery):
    """Whose reservations are asked for."""

    stores: Codes | None = None
    status: Literal["held", "confirmed", "rejected", "released", "issued"] | None = None
    order_id: Word | None = None
    external_id: Word | None = None


class UntrackedQuery(PageQuery):
    """Whose codes are asked for."""

    stores: Annotated[str | None, Field(max_length=4000)] = None


async def gathering_of(request: Request) -> Gathering[NewReservation]:
    """Return what gathers the single checkouts of this process."""
    state = request.app.state
    if not hasattr(state, "gathering"):
        state.gathering = gathering_over(state.database, _answer)
    gathering: Gathering[NewReservation] = state.gathering
    return gathering


Gatherer = Annotated[Gathering[NewReservation], Depends(gathering_of)]


@router.post(
    "/v1/reservations",
    response_model=ReservationAnswer,
    responses={200: {"model": ReservationAnswer}},
    status_code=201,
)
@claims_itself
async def reserve_for_checkout(
    body: NewReservation,
    session: SessionDep,
    attempt: AttemptDep,
    caller: Writer,
    gathering: Gatherer,
) -> Response:
    """Set all of it aside or nothing: 201, 200 for the same again, 409 where it falls short."""
    caller.demand_store(body.store_id)
    try:
        gathered = await gathering.receive(body, caller, attempt)
        if gathered is not None:
            return gathered
        earlier = await attempt.begin(session) if attempt else None
        if earlier is not None:
            return earlier
        answer = await _reserve_alone(session, body)
    except Refusal as refusal:
        metrics.REFUSALS.labels(refusal.kind).inc()
        raise
    if attempt is not None:
        await attempt.finish(session, answer)
    return answer


async def _reserve_alone(session: AsyncSession, body: NewReservation) -> Response:
    await wait_for_stores(session, [body.store_id])
    [done] = await reserve_checkouts(session, [checkout_of(body)], now=utc_now())
    if done.reservation is None or done.outcome is None:
        raise done.refusal or RuntimeError("what is not refused is set aside")
    return _answer(done.reservation, done.outcome)


def _answer(reservation: Reservation, outcome: str) -> Response:
    answer = ReservationAnswer(reservation=reservation_view(reservation), outcome=outcome)
    status = 200 if outcome == "unchanged" else 201
    return Response(answer.model_dump_json(), status, media_type="application/json")


@router.post("/v1/reservations/{reservation_id}/confirmation")
async def confirm_one(
    reservation_id: Word, session: SessionDep, caller: Writer
) -> ReservationAnswer:
    """Let a reservation expire no more: it is paid. One that is past its time is not."""
    done, outcome = await confirm_reservation(session, reservation_id, caller=caller)
    return ReservationAnswer(reservation=reservation_view(done), outcome=outcome)


@router.post("/v1/reservations/{reservation_id}/release")
async def release_one(
    reservation_id: Word, session: SessionDep, caller: Writer
) -> ReservationAnswer:
    """Free what is set aside."""
    done, outcome = await release_reservation(session, reservation_id, caller=caller)
    return ReservationAnswer(reservation=reservation_view(done), outcome=outcome)


@router.get("/v1/reservations")
async def list_reservations(
    query: Annotated[ReservationQuery, Query()], session: SessionDep, caller: Reader
) -> Page[ReservationView]:
    """List reservations in the order they were made; rejected ones are orders without stock."""
    values = {name: getattr(query, name) for name in ("status", "order_id", "external_id")}
    wanted = ReservationFilter(caller.limit(codes_of(query.stores)), values)
    by = (repository.table.c.created_at, repository.table.c.reservation_id)
    found = await repository.listed(session, next_page(repository.where(wanted), by, query))
    page, cursor = cut_page(
        found, query.limit, lambda each: Position(each[1], each[0].reservation_id)
    )
    return Page(items=[reservation_view(each) for each, _ in page], next_cursor=cursor)


@router.get("/v1/reservations/{reservation_id}")
async def get_reservation(
    reservation_id: Word, session: SessionDep, caller: Reader
) -> ReservationView:
    """Show one reservation."""
    return reservation_view(await show_reservation(session, reservation_id, caller))


@router.get("/v1/untracked-goods")
async def list_untracked_goods(
    query: Annotated[UntrackedQuery, Query()], session: SessionDep, caller: Reader
) -> list[UntrackedView]:
    """List codes that orders name and that are no SKUs here, those ordered most first."""
    stores = caller.limit(codes_of(query.stores))
    rows = await list_untracked(session, stores, most=query.limit)
    return [UntrackedView(**row) for row in rows]
