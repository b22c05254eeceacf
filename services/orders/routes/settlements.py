"""Settlements (货款管理): what platforms paid out, held against the orders, and what is to come."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.reconciling import Outcome
from services.orders.domain.settling import Finding
from services.orders.repository.settlements import lines_of_bill, sum_settlements
from services.orders.schemas.settlements import (
    BillLineView,
    BudgetDay,
    NewSettlement,
    SettlementAnswer,
    SettlementReport,
    SettlementView,
    StoreBudget,
    StoreSettlements,
)
from services.orders.usecases.settling import Taken, budget, show_settlement, take_settlements
from shared.kernel.clock import utc_now
from shared.kernel.money import format_minor
from shared.kernel.refusals import Refusal
from shared.registry.stores import StoreUnknownError, find_stores, wait_for_stores
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

router = APIRouter(route_class=TransactionalRoute, tags=["settlements"])

Reader = Annotated[Caller, Security(require("orders:read"))]
Finance = Annotated[Caller, Security(require("payments:correct"))]
Stores = Annotated[str | None, Field(max_length=4000, description="ids with commas between")]

_ADAPTER = TypeAdapter(NewSettlement)


class SumQuery(BaseModel):
    """Whose settlements, of which days; both are in it, and without them the last 30 days."""

    model_config = ConfigDict(extra="forbid")

    stores: Stores = None
    from_day: date | None = None
    to_day: date | None = None


class BudgetQuery(BaseModel):
    """Whose money is to come."""

    model_config = ConfigDict(extra="forbid")

    stores: Stores = None


@router.post("/v1/settlements", status_code=201)
async def take_settlement(
    body: NewSettlement, response: Response, session: SessionDep, caller: Finance
) -> SettlementAnswer:
    """Take a settlement: 201 when it is new, 200 when it was there."""
    caller.demand_store(body.store_id)
    stores = await wait_for_stores(session, [body.store_id])
    [taken] = await take_settlements(session, [body], stores, caller=caller)
    if taken.refusal is not None:
        raise taken.refusal
    if taken.outcome is Outcome.UNCHANGED:
        response.status_code = 200
    row = await show_settlement(session, taken.settlement_id or "", caller)
    return SettlementAnswer(settlement=_view(row), outcome=taken.outcome or "")


@router.post("/v1/settlements:batch", openapi_extra=batch_body("NewSettlement"))
async def take_many(
    request: Request, options: BatchQuery, session: SessionDep, caller: Finance
) -> Response:
    """Take up to 1,000 settlements, with one outcome for each."""
    rows = await read_rows(request, _ADAPTER, names=("store_id", "external_id"))
    rows = reject_repeated(rows, lambda row: (row.store_id, row.external_id))

    async def write(good: Sequence[Row[NewSettlement]]) -> list[RowOutcome]:
        return await _write(session, caller, good)

    return await run_batch(request, rows, write, session=session, options=options)


async def _write(
    session: AsyncSession, caller: Caller, rows: Sequence[Row[NewSettlement]]
) -> list[RowOutcome]:
    bodies = [row.value for row in rows if row.value is not None]
    stores = await find_stores(session, {body.store_id for body in bodies})
    refusals: dict[int, Refusal] = {}
    for place, body in enumerate(bodies):
        try:
            caller.demand_store(body.store_id)
            if body.store_id not in stores:
                detail = f"Store {body.store_id} is not known."
                raise StoreUnknownError(detail, pointer="/store_id")
        except Refusal as refusal:
            refusals[place] = refusal
    good = [body for place, body in enumerate(bodies) if place not in refusals]
    taken = iter(await take_settlements(session, good, stores, caller=caller))
    outcomes = []
    for place, row in enumerate(rows):
        done = Taken(refusal=refusals[place]) if place in refusals else next(taken)
        names = {**row.names, "settlement_id": done.settlement_id}
        if done.outcome is not None:
            outcomes.append(RowOutcome(done.outcome, names))
        else:
            outcomes.append(rejection(refusal_errors(done.refusal) if done.refusal else [], names))
    return outcomes


@router.get("/v1/settlements/summary")
async def sum_up(
    query: Annotated[SumQuery, Query()], session: SessionDep, caller: Reader
) -> list[StoreSettlements]:
    """Show by store what was received, settled and charged, and what is still expected."""
    last = query.to_day or utc_now().date()
    days = {"from_day": query.from_day or last - timedelta(days=30), "to_day": last}
    rows = await sum_settlements(session, caller.limit(_chosen(query.stores)), days)
    return [
        StoreSettlements(
            store_id=row["store_id"],
            currency=row["currency"],
            received=format_minor(row["received_minor"], row["currency"]),
            fees=format_minor(row["fee_minor"], row["currency"]),
            settled=format_minor(row["settled_minor"], row["currency"]),
            expected=format_minor(row["expected_minor"], row["currency"]),
            orders_expected=row["orders_expected"],
            settlements=row["settlements"],
            unmatched=row["unmatched"],
        )
        for row in rows
    ]


@router.get("/v1/settlements/budget")
async def show_budget(
    query: Annotated[BudgetQuery, Query()], session: SessionDep, caller: Reader
) -> list[StoreBudget]:
    """Show by store and day what the platform is to pay out (回款预算)."""
    found = await budget(session, caller.limit(_chosen(query.stores)), now=utc_now())
    return [
        StoreBudget(
            store_id=due.store.store_id,
            currency=due.store.currency,
            overdue=format_minor(due.overdue[1], due.store.currency),
            orders_overdue=due.overdue[0],
            days=[
                BudgetDay(day=day, orders=count, amount=format_minor(minor, due.store.currency))
                for day, (count, minor) in due.days.items()
            ],
        )
        for due in found
    ]


@router.get("/v1/settlements/{settlement_id}")
async def report_settlement(
    settlement_id: str, session: SessionDep, caller: Reader
) -> SettlementReport:
    """Show a settlement with every line of its bill held against its order (对账)."""
    row = await show_settlement(session, settlement_id, caller)
    lines = await lines_of_bill(session, settlement_id)
    counts = Counter(line["finding"] for line in lines)
    currency = row["currency"]
    return SettlementReport(
        settlement=_view(row),
        counts={finding: counts[finding] for finding in Finding},
        lines=[
            BillLineView(
                external_id=line["external_id"],
                order_id=line["order_id"],
                finding=line["finding"],
                billed=_amount(line["billed_minor"], currency),
                expected=_amount(line["expected_minor"], currency),
            )
            for line in lines
        ],
    )


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else format_minor(minor, currency)


def _view(row: Any) -> SettlementView:
    currency = row["currency"]
    return SettlementView(
        settlement_id=row["settlement_id"],
        store_id=row["store_id"],
        external_id=row["external_id"],
        currency=currency,
        from_day=row["from_day"],
        to_day=row["to_day"],
        gross=format_minor(row["gross_minor"], currency),
        fee=format_minor(row["fee_minor"], currency),
        settled=format_minor(row["settled_minor"], currency),
        expected=format_minor(row["expected_minor"], currency),
        orders=row["order_count"],
        is_matched=row["is_matched"],
        received_at=row["received_at"],
    )


def _chosen(stores: str | None) -> list[str] | None:
    return None if stores is None else stores.split(",")
