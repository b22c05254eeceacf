"""What inventory found of goods that came back, brought to the case they are of."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.after_sale import DAMAGED, INTACT, WRONG, AfterSale
from services.orders.repository.after_sales import AFTER_SALES
from services.orders.usecases.after_sale_steps import hear_inspection
from services.orders.usecases.after_sales import work_on_case
from shared.contracts.inventory_reservations import ReturnInspected
from shared.web.callers import Caller

INVENTORY = Caller(name="inventory", scopes=frozenset())
"""Who the trail names for what inventory states."""

log = structlog.get_logger()


async def note_inspection(session: AsyncSession, told: ReturnInspected) -> None:
    """Note the inspection in its case; told again, or after a later one, it changes nothing.

    One that names no case goes to the one of its waybill, or the only one that waits for goods;
    goods of no case are no concern of ours. Raises `CaseUnknownError` for a case that is not there.
    """
    case_id = told.case_id or await _case_of(session, told)
    if case_id is None:
        log.info("inspection_of_no_case", order_id=told.order_id, waybill=told.waybill)
        return
    step = hear_inspection(told.occurred_at, _condition(told), told.inspected_by or INVENTORY.name)
    await work_on_case(session, case_id, step, caller=INVENTORY)


async def _case_of(session: AsyncSession, told: ReturnInspected) -> str | None:
    cases = await AFTER_SALES.of_order(session, told.order_id)
    waiting = [case for case in cases if _waits(case)]
    same = [case for case in cases if told.waybill and case.back_waybill == told.waybill]
    fitting = same or waiting
    return fitting[0].case_id if len(fitting) == 1 else None


def _waits(case: AfterSale) -> bool:
    return case.closed_at is None and case.received_at is None


def _condition(told: ReturnInspected) -> str:
    if told.is_intact:
        return INTACT
    return DAMAGED if any(line.defective for line in told.lines) else WRONG
