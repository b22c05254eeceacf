"""Agreements on custom-made goods: kept, and handed to the supplier as an event."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.custom import CustomWork, agree, replaced_by
from services.orders.domain.order import Order
from services.orders.domain.reconciling import Outcome
from services.orders.messages.repeated import common_of, lines_of
from services.orders.repository.custom import (
    custom_works_of,
    insert_custom_work,
    replace_custom_works,
)
from services.orders.repository.receipts import last_events
from services.orders.repository.writing import insert_receipts
from services.orders.schemas.custom import CustomWorkBody
from services.orders.usecases.changing import show_order
from shared.audit import record_change
from shared.contracts.orders_cases import CustomMadeAgreed
from shared.kernel.ids import new_id
from shared.log.writer import state
from shared.registry.stores import find_stores
from shared.web.callers import Caller


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement after a request, and the last event of its order."""

    outcome: Outcome
    work: CustomWork
    event_id: int


async def agree_on(
    session: AsyncSession, order_id: str, body: CustomWorkBody, now: datetime, *, caller: Caller
) -> Agreed:
    """Keep what was agreed on lines of an order; it replaces what was agreed on them before.

    The same agreement again changes nothing. Raises `OrderUnknownError` and what `agree` refuses.
    """
    order = (await show_order(session, order_id, caller, is_locked=True)).order
    work = CustomWork(
        specification_id=new_id("spc"),
        line_nos=tuple(body.lines or (line.line_no for line in order.lines)),
        specification=body.specification,
        supplier_id=body.supplier_id,
        deliver_by=body.deliver_by,
        agreed_at=body.at or now,
        staff=caller.name,
    )
    standing = await custom_works_of(session, order_id)
    known = agree(order, work, standing)
    if known is not None:
        events = await last_events(session, [order_id])
        return Agreed(Outcome.UNCHANGED, known, events[order_id])
    before = replaced_by(work, standing)
    await replace_custom_works(session, before, work.agreed_at)
    await insert_custom_work(session, order_id, work)
    stores = await find_stores(session, [order.store_id])
    event = CustomMadeAgreed(
        **common_of(order, stores[order.store_id].calendar),
        occurred_at=work.agreed_at,
        lines=lines_of([line for line in order.lines if line.line_no in work.line_nos]),
        deliver_by=work.deliver_by,
        specification_id=work.specification_id,
        supplier_id=work.supplier_id,
    )
    [event_id] = await state(session, event)
    await insert_receipts(session, [(order_id, event_id)])
    await _record(session, order, before, work, caller)
    return Agreed(Outcome.CREATED, work, event_id)


async def _record(
    session: AsyncSession,
    order: Order,
    before: list[CustomWork],
    after: CustomWork,
    caller: Caller,
) -> None:
    await record_change(
        session,
        caller=caller.name,
        action="custom_work.agreed",
        subject=order.order_id,
        store_id=order.store_id,
        before={"specifications": [each.specification_id for each in before]} if before else None,
        after={
            "specification_id": after.specification_id,
            "lines": list(after.line_nos),
            "deliver_by": after.deliver_by,
            "supplier_id": after.supplier_id,
        },
    )
