"""The live route: today's figures of the caller's stores, as they change."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, Security
from sqlalchemy.ext.asyncio import AsyncSession

from services.reporting.domain.periods import Grain, Span, span_of_days
from services.reporting.kpis.figures import Figure
from services.reporting.live import Changes, follow
from services.reporting.planner.answers import answer
from services.reporting.planner.questions import Question, check, choose_figures
from services.reporting.planner.rendering import rows_json, standing_json
from services.reporting.planner.standing import completeness_of
from services.reporting.repository.standing import version_of
from services.reporting.routes.figures import stores_for
from services.reporting.schemas.asking import Grouping, LiveQuery
from shared.db.engine import Database
from shared.kernel.buckets import business_day
from shared.kernel.clock import utc_now
from shared.kernel.refusals import Refusal
from shared.registry.stores import Store
from shared.web.callers import Caller, require
from shared.web.stream import EventStream, StreamEvent
from shared.web.transactional import SessionDep, TransactionalRoute

MAIN_FIGURES = (
    "orders_placed",
    "placed_amount",
    "orders_paid",
    "paid_amount",
    "payment_rate",
    "buyers_paid",
    "amount_per_buyer",
    "refunds",
    "refunded_amount",
    "net_amount",
)
RETRY_SECONDS = 5

router = APIRouter(route_class=TransactionalRoute, tags=["figures"])


class TooManyStreamsError(Refusal):
    """This process serves as many streams as it may."""

    kind = "too-many-streams"
    status = 503


@router.get(
    "/v1/live",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(
    query: Annotated[LiveQuery, Query()],
    request: Request,
    session: SessionDep,
    caller: Annotated[Caller, Security(require("reports:read"))],
) -> Response:
    """Stream today's figures: `snapshot` first, then `change` with the stores that changed.

    At most four events a second; `id` is the projection version. After a break the first event is
    a snapshot again, so nothing is missed. A comment is sent every 15 s of silence, and the stream
    ends after 10 minutes: come back then. Figures are each store's own business day's so far.
    """
    changes: Changes = request.app.state.changes
    if changes.followers >= request.app.state.settings.live_streams:
        detail = "This server has as many live streams as it may."
        raise TooManyStreamsError(detail, retry_after_seconds=RETRY_SECONDS)
    await stores_for(session, caller, query)  # refuses before the stream begins
    figures = choose_figures(query.metrics or MAIN_FIGURES, Grouping.STORE, is_by_hour=False)
    live = _Live(request.app.state.database, caller, query, figures)
    return EventStream(follow(changes, live.read, _stopping(request)))


class _Live:
    """Reads one caller's figures of today."""

    def __init__(
        self, database: Database, caller: Caller, query: LiveQuery, figures: Sequence[Figure]
    ) -> None:
        self._database = database
        self._caller = caller
        self._query = query
        self._figures = figures

    async def read(self, changed: Collection[str] | None) -> StreamEvent | None:
        async with self._database.reading() as session:
            stores = await stores_for(session, self._caller, self._query)
            shown = [store for store in stores if changed is None or store.store_id in changed]
            if changed is not None and not shown:
                return None
            version = await version_of(session, [store.store_id for store in stores])
            data = await self._figures_of(session, shown)
        return StreamEvent("snapshot" if changed is None else "change", data, str(version))

    async def _figures_of(self, session: AsyncSession, stores: Sequence[Store]) -> dict[str, Any]:
        now = utc_now()
        spans = {store.store_id: today(store, now) for store in stores}
        question = check(
            Question(
                stores=stores,
                spans=spans,
                figures=self._figures,
                grain=Grain.DAY,
                compare=self._query.compare,
            )
        )
        state = await completeness_of(session, question.spans.values(), now)
        found = await answer(session, question, now)
        return {**standing_json(question, state), "rows": rows_json(found)}


def today(store: Store, now: datetime) -> Span:
    """Return the store's business day that `now` lies in."""
    day = business_day(now, store.calendar)
    return span_of_days(day, day + timedelta(days=1), store.calendar)


def _stopping(request: Request) -> Callable[[], Awaitable[bool]]:
    """Return what says whether the process is stopping: streams end then, for it to drain."""
    running = request.app.state.checks.get("running")

    async def is_stopping() -> bool:
        if running is None:
            return False
        try:
            await running()
        except Exception:  # noqa: BLE001 - any reason for not being ready is one to end
            return True
        return False

    return is_stopping
