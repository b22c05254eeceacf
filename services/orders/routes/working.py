"""What the routes of the house's work share: one order, or many with an outcome for each."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Request, Response
from pydantic import TypeAdapter

from services.orders import metrics
from services.orders.repository.receipts import receipt_of
from services.orders.routes.showing import Personal, answer_for, tag
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases.changing import Changed, show_order
from services.orders.usecases.working import Work, Worked, work_on
from shared.web.batch import (
    BatchOptions,
    Row,
    RowOutcome,
    read_rows,
    refusal_errors,
    reject_repeated,
    rejection,
    run_batch,
)
from shared.web.callers import Caller
from shared.web.idempotency import HEADER, KeyMissingError
from shared.web.transactional import SessionDep


class OfOrder(Protocol):
    """A row that names its order."""

    order_id: str


Told = TypeVar("Told", bound=OfOrder)


class Bench:
    """Works on orders for a caller and answers what became of them."""

    def __init__(
        self, request: Request, response: Response, session: SessionDep, personal: Personal
    ) -> None:
        self._request = request
        self._response = response
        self._session = session
        self._personal = personal

    def demand_key(self) -> None:
        """Refuse what has no natural key in a request without a key of its own.

        Raises `KeyMissingError`.
        """
        if HEADER not in self._request.headers:
            raise KeyMissingError(f"Send the header {HEADER}.")

    async def work(self, order_id: str, work: Work, caller: Caller, action: str) -> OrderAnswer:
        """Work on one order and answer what it is then; raises what refuses it."""
        done = await work_on(self._session, {order_id: work}, caller=caller, action=action)
        worked = done[order_id]
        if worked.outcome is None or worked.event_id is None:
            raise self._refused(worked)
        stored = await show_order(self._session, order_id, caller)
        tag(self._response, stored)
        changed = Changed(worked.outcome, stored, worked.event_id)
        return answer_for(changed, caller, self._personal)

    async def work_on_rows(
        self,
        adapter: TypeAdapter[Told],
        work_of: Callable[[Told], Work],
        *,
        caller: Caller,
        action: str,
        options: BatchOptions,
    ) -> Response:
        """Work on the orders that the request's rows name; answer one outcome for each."""
        rows = await read_rows(self._request, adapter, names=("order_id",))
        rows = reject_repeated(rows, lambda row: row.order_id)

        async def write(good: Sequence[Row[Told]]) -> list[RowOutcome]:
            told = [row.value for row in good if row.value is not None]
            work = {row.order_id: work_of(row) for row in told}
            done = await work_on(self._session, work, caller=caller, action=action)
            return [_outcome(row.order_id, done[row.order_id]) for row in told]

        answer = await run_batch(self._request, rows, write, session=self._session, options=options)
        if options.dry_run:
            metrics.count_nothing(self._session)
        return answer

    def _refused(self, worked: Worked) -> Exception:
        if worked.refusal is None:  # every stored order has a receipt
            return RuntimeError("an order without an event")
        metrics.REFUSALS.labels(worked.refusal.kind).inc()
        return worked.refusal


AtBench = Annotated[Bench, Depends()]


def _outcome(order_id: str, worked: Worked) -> RowOutcome:
    names: dict[str, Any] = {"order_id": order_id}
    if worked.outcome is None:
        return rejection(refusal_errors(worked.refusal) if worked.refusal else [], names)
    receipt = None if worked.event_id is None else receipt_of(order_id, worked.event_id)
    return RowOutcome(worked.outcome, names, (), receipt)
