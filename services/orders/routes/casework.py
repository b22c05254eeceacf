"""What the routes of all cases share: who calls, how a request is refused and a list is cut."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self, TypeVar

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders import metrics
from services.orders.domain.reconciling import Outcome
from services.orders.repository.cases import BesideOrder, CaseFilter, CaseTable
from services.orders.repository.receipts import receipt_of
from services.orders.routes.showing import Answering
from services.orders.schemas.new_order import Word
from services.orders.usecases.casework import Done
from shared.kernel.refusals import Refusal
from shared.web.callers import Caller
from shared.web.pages import PageQuery, Position, cut_page, next_page

Case = TypeVar("Case", bound=BesideOrder)


class CaseQuery(PageQuery):
    """Whose cases are asked for; `stores` are ids with commas between them."""

    stores: Annotated[str | None, Field(max_length=4000)] = None
    order_id: Word | None = None

    def filter(
        self,
        caller: Caller,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        **values: Any,
    ) -> CaseFilter:
        """Return the filter, limited to the caller's stores; raises `StoreForbiddenError`."""
        wanted = None if self.stores is None else self.stores.split(",")
        return CaseFilter(caller.limit(wanted), self.order_id, values, since, until)


class CaseDesk(Answering):
    """Counts what is refused while it is at work, and says what became of a case."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Refusal):
            metrics.REFUSALS.labels(error.kind).inc()

    def receipt(self, done: Done[Any]) -> str:
        """Return the receipt of what was done; what changed nothing answers 200."""
        if done.outcome is Outcome.UNCHANGED:
            self._response.status_code = 200
        return receipt_of(done.case.order_id, done.event_id)


AtDesk = Annotated[CaseDesk, Depends()]


async def page_of(
    session: AsyncSession,
    table: CaseTable[Case],
    wanted: CaseFilter,
    query: PageQuery,
    position_of: Callable[[Case], Position],
) -> tuple[Sequence[Case], str | None]:
    """Return a page of cases in the order they were opened, and the cursor of the next one."""
    by = (table.moment, table.key)
    found = await table.listed(session, next_page(table.where(wanted), by, query))
    return cut_page(found, query.limit, position_of)


class PeriodQuery(BaseModel):
    """Days of stores' own calendars, both inclusive; `stores` are ids with commas between them."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    stores: Annotated[str | None, Field(max_length=4000)] = None
    from_: Annotated[date, Field(alias="from")]
    to: date

    def limited(self, caller: Caller) -> list[str] | None:
        """Return the stores, limited to the caller's; raises `StoreForbiddenError`."""
        return caller.limit(None if self.stores is None else self.stores.split(","))
