"""The register of wrong shipments."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.wrong_shipments import SentLine, WrongShipment, check_entry
from services.orders.messages.wrong_shipments import registered
from services.orders.repository.wrong_shipments import (
    WRONG_SHIPMENTS,
    WrongCount,
    count_wrong,
)
from services.orders.schemas.incoming import Money
from services.orders.schemas.wrong_shipments import NewWrongShipment
from services.orders.usecases.casework import Docket, Done
from services.orders.usecases.periods import periods_of
from shared.kernel.ids import new_id
from shared.registry.stores import Store
from shared.web.callers import Caller


async def register(
    session: AsyncSession, order_id: str, body: NewWrongShipment, now: datetime, *, caller: Caller
) -> Done[WrongShipment]:
    """Put an entry into the register; raises `OrderUnknownError` and the domain's refusals."""
    docket = await Docket.open(session, order_id, caller)
    order = docket.stored.order
    skus = {line.line_no: line.sku for line in order.lines}
    entry = WrongShipment(
        register_id=new_id("wrs"),
        order_id=order_id,
        store_id=order.store_id,
        shipment_id=body.shipment_id,
        kind=body.kind,
        shipped=tuple(
            SentLine(line.line_no, line.sku or skus.get(line.line_no), line.quantity)
            for line in body.shipped
        ),
        cause=body.cause,
        solution=body.solution,
        responsible_staff=body.responsible_staff,
        cost_minor=Money(order.currency).minor(body.cost, "/cost"),
        registered_at=max(body.at or now, order.placed_at),
        registered_by=caller.name,
    )
    check_entry(order, entry)
    told = registered(order, entry, docket.store.calendar)
    return await docket.put(
        WRONG_SHIPMENTS, None, entry, action="wrong_shipment.registered", events=[told]
    )


async def summarise(
    session: AsyncSession, stores: list[str] | None, *, first: date, last: date
) -> tuple[dict[str, Store], list[WrongCount]]:
    """Return the counts of stores' own days, by person and kind; raises `PeriodInvalidError`."""
    periods = await periods_of(session, stores, first=first, last=last)
    spans = [(each.store.store_id, each.begins[0], each.begins[-1]) for each in periods]
    counts = await count_wrong(session, spans)
    return {each.store.store_id: each.store for each in periods}, counts
