"""Returns, exchanges and repairs: opened, worked on, and what inventory says of their goods."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain import after_sale, after_sale_ends
from services.orders.domain.after_sale import AfterSale, CaseLine
from services.orders.domain.refusals import FactDiffersError, PicturesMissingError
from services.orders.domain.return_freight import REPAIR, FreightRule, split_freight
from services.orders.messages import after_sales as messages
from services.orders.repository.after_sales import AFTER_SALES
from services.orders.schemas.after_sales import NewAfterSale
from services.orders.schemas.case_refunds import CaseRefund
from services.orders.schemas.incoming import Money
from services.orders.schemas.new_order import cause_of
from services.orders.usecases.case_refunds import ask_refund
from services.orders.usecases.casework import Docket, Done, open_case
from shared.contracts.envelope import Event
from shared.kernel.ids import new_id
from shared.registry.stores import Store
from shared.web.callers import Caller


@dataclass(frozen=True, slots=True)
class Step:
    """Something done to a case: how it changes it, and the event that tells of it."""

    action: str
    act: Callable[[Docket, AfterSale], AfterSale]
    tell: Callable[..., Event] | None = None


async def open_after_sale(
    session: AsyncSession, order_id: str, body: NewAfterSale, now: datetime, *, caller: Caller
) -> Done[AfterSale]:
    """Open a case of an order, for a return with its refund if one is given.

    A case of the same external_id told again changes nothing. Raises `OrderUnknownError`,
    `FactDiffersError`, `PicturesMissingError` and the refusals of the domain.
    """
    docket = await Docket.open(session, order_id, caller)
    others = await AFTER_SALES.of_order(session, order_id)
    case = _stated(docket, body, now)
    known = _known(case, others)
    if known is not None:
        return await docket.put(AFTER_SALES, known, known, action="after_sale.opened", events=[])
    _demand_pictures(docket.store, body)
    after_sale.check_lines(docket.changes.order, case.lines, others)
    if body.refund is not None:
        case = refund_case(body.refund, now).act(docket, case)
    told = messages.opened(docket.changes.order, case, docket.store.calendar)
    return await docket.put(AFTER_SALES, None, case, action="after_sale.opened", events=[told])


async def work_on_case(
    session: AsyncSession, case_id: str, step: Step, *, caller: Caller
) -> Done[AfterSale]:
    """Take a case a step on; a step that was taken so before changes nothing.

    Raises `CaseUnknownError` and the refusals of the step.
    """
    docket, before = await open_case(session, AFTER_SALES, case_id, caller)
    after = step.act(docket, before)
    events = []
    if step.tell is not None:
        events = [step.tell(docket.changes.order, after, docket.store.calendar)]
    return await docket.put(AFTER_SALES, before, after, action=step.action, events=events)


def refund_case(body: CaseRefund, now: datetime) -> Step:
    """Give a return its refund: one that there is, or one that is asked for here."""

    def act(docket: Docket, case: AfterSale) -> AfterSale:
        refund_id = body.refund_id or ask_refund(
            docket.changes,
            body,
            max(now, case.opened_at),
            name=case.case_id,
            about={
                "reason": case.reason,
                "with_return": True,
                "reason_kind": case.reason_kind,
                "is_quality_fault": case.is_quality_fault,
                "case_id": case.case_id,
            },
        )
        pointer = "/refund_id" if body.refund_id else None
        return after_sale_ends.link_refund(docket.changes, case, refund_id, pointer=pointer)

    return Step("after_sale.refund_linked", act)


def _stated(docket: Docket, body: NewAfterSale, now: datetime) -> AfterSale:
    order, settings = docket.changes.order, docket.store.settings
    skus = {line.line_no: line.sku for line in order.lines}
    cause, is_fault = cause_of(body.reason_kind, is_quality_fault=body.is_quality_fault)
    rule = FreightRule(
        quality=settings["orders.return_freight_quality"],
        other=settings["orders.return_freight_other"],
        exchange_buyer_ratio=Decimal(settings["orders.exchange_freight_buyer_ratio"]),
    )
    shop, buyer = split_freight(
        Money(order.currency).minor(body.freight, "/freight"),
        rule,
        kind=body.kind,
        is_shops_fault=is_fault or body.responsible != "buyer",
    )
    return AfterSale(
        case_id=new_id("asc"),
        order_id=order.order_id,
        store_id=order.store_id,
        external_id=body.external_id,
        kind=body.kind,
        lines=tuple(
            CaseLine(line.line_no, skus.get(line.line_no), line.quantity, line.wanted_sku)
            for line in body.lines
        ),
        reason_kind=cause,
        reason=body.reason,
        pictures=tuple(body.pictures),
        responsible=body.responsible,
        is_quality_fault=is_fault,
        shop_freight_minor=shop,
        buyer_freight_minor=buyer,
        opened_at=max(body.at or now, order.placed_at),
        opened_by=docket.caller.name,
    )


_SAME = ("kind", "lines", "reason_kind", "responsible", "is_quality_fault")


def _known(told: AfterSale, others: list[AfterSale]) -> AfterSale | None:
    """Return the case of the same external_id; raises `FactDiffersError` if it is another one."""
    if told.external_id is None:
        return None
    known = next((each for each in others if each.external_id == told.external_id), None)
    for name in _SAME if known is not None else ():
        if getattr(known, name) != getattr(told, name):
            detail = "The case of this external_id was stated otherwise."
            raise FactDiffersError(detail, pointer=f"/{name}")
    return known


def _demand_pictures(store: Store, body: NewAfterSale) -> None:
    if body.pictures or body.kind == REPAIR or not store.settings["orders.return_needs_pictures"]:
        return
    detail = f"The store demands pictures of the goods for the kind {body.kind}."
    raise PicturesMissingError(detail, pointer="/pictures")
