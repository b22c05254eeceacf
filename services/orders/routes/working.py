"""What the routes of the house's work share: one order, or many with an outcome for each."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Response
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.repository.receipts import receipt_of
from services.orders.routes.showing import Answering
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases.changing import Changed, show_order
from services.orders.usecases.working import Preparation, Work, Worked, work_on
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


class OfOrder(Protocol):
    """A row that names its order."""

    order_id: str


Told = TypeVar("Told", bound=OfOrder)


Doing = Callable[[AsyncSession, Mapping[str, Told]], Awaitable[Mapping[str, Worked]]]
"""Works on the orders that rows name; returns by order what became of it."""


class Bench(Answering):
    """Works on orders for a caller and answers what became of them."""

    async def work(
        self,
        order_id: str,
        work: Work,
        caller: Caller,
        action: str,
        *,
        prepare: Preparation | None = None,
    ) -> OrderAnswer:
        """Work on one order and answer what it is then; raises what refuses it."""
        done = await work_on(
            self._session, {order_id: work}, caller=caller, action=action, prepare=prepare
        )
        return await self.answer_worked(order_id, done[order_id], caller)

    async def answer_worked(self, order_id: str, worked: Worked, caller: Caller) -> OrderAnswer:
        """Answer what became of an order; raises what refused it."""
        if worked.outcome is None or worked.event_id is None:
            raise self._refused(worked)
        stored = await show_order(self._session, order_id, caller)
        return self.answer(Changed(worked.outcome, stored, worked.event_id), caller)

    async def work_on_rows(
        self,
        adapter: TypeAdapter[Told],
        work_of: Callable[[Told], Work],
        *,
        caller: Caller,
        action: str,
        options: BatchOptions,
        prepare: Preparation | None = None,
    ) -> Response:
        """Work on the orders that the request's rows name; answer one outcome for each."""

        async def do(session: AsyncSession, told: Mapping[str, Told]) -> Mapping[str, Worked]:
            work = {order_id: work_of(row) for order_id, row in told.items()}
            return await work_on(session, work, caller=caller, action=action, prepare=prepare)

        return await self.do_rows(adapter, do, options=options)

    async def do_rows(
        self, adapter: TypeAdapter[Told], do: Doing[Told], *, options: BatchOptions
    ) -> Response:
        """Do something with the orders that the request's rows name, each named once."""
        rows = await read_rows(self._request, adapter, names=("order_id",))
        rows = reject_repeated(rows, lambda row: row.order_id)

        async def write(good: Sequence[Row[Told]]) -> list[RowOutcome]:
            told = {row.value.order_id: row.value for row in good if row.value is not None}
            done = await do(self._session, told)
            return [_outcome(order_id, done[order_id]) for order_id in told]

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
