"""Goods that come back are expected, inspected, and moved to where they belong."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain.inspecting import Finding, Inspection, is_intact, returned
from services.inventory.domain.movements import Origin
from services.inventory.domain.refusals import InspectionDiffersError, ReturnUnknownError
from services.inventory.repository.goods import find_skus
from services.inventory.repository.returns import (
    ExpectedReturn,
    claim_inspection,
    insert_inspection,
    lock_expected,
    note_inspected,
    put_expected,
)
from services.inventory.usecases.posting import post_movements
from shared.audit import record_change
from shared.contracts.envelope import Event
from shared.contracts.inventory_reservations import InspectedLine, ReturnInspected
from shared.contracts.orders_cases import (
    AfterSaleAgreed,
    AfterSaleClosed,
    AfterSaleEvent,
    GoodsSentBack,
)
from shared.log.writer import state
from shared.registry.stores import Store
from shared.web.callers import Caller

RESTOCKS = "inventory.intact_returns_restock"
SOURCE = "inspection"

EXPECTING: tuple[type[AfterSaleEvent], ...] = (AfterSaleAgreed, GoodsSentBack, AfterSaleClosed)
"""What orders says of goods that come back."""


async def expect_returns(session: AsyncSession, events: Sequence[Event]) -> None:
    """Note what is expected back, sent, or no longer to come; in one statement."""
    await put_expected(session, [_expected(each) for each in events if isinstance(each, EXPECTING)])


def _expected(event: AfterSaleEvent) -> ExpectedReturn:
    sent = event if isinstance(event, GoodsSentBack) else None
    told = event if isinstance(event, AfterSaleAgreed | GoodsSentBack) else None
    return ExpectedReturn(
        case_id=event.case_id,
        store_id=event.store_id,
        order_id=event.order_id,
        kind=event.kind,
        lines=msgspec.json.encode(event.lines).decode(),
        warehouse_id=None if told is None else told.warehouse_id,
        courier=None if sent is None else sent.courier,
        waybill=None if sent is None else sent.waybill,
        agreed_at=event.opened_at,
        sent_at=None if sent is None else event.occurred_at,
        closed_at=event.occurred_at if isinstance(event, AfterSaleClosed) else None,
    )


async def inspect_return(
    session: AsyncSession, inspection: Inspection, store: Store, *, caller: Caller
) -> str:
    """Move what came back: intact goods to stock, defective ones to quarantine; say so to orders.

    The same inspection again is `unchanged`. Goods that are no SKU here are told of and moved
    nowhere. Raises `ReturnUnknownError`, `InspectionDiffersError`, and what movements are refused
    for.
    """
    known = await claim_inspection(session, inspection.store_id, inspection.external_id)
    if known is not None:
        if (known.order_id, known.lines) != (inspection.order_id, list(inspection.lines)):
            detail = "This inspection was told otherwise before; correct its movements."
            raise InspectionDiffersError(detail, pointer="/external_id")
        return "unchanged"
    if inspection.case_id is not None:
        await _close_case(session, inspection)
    await _move(session, inspection, store, caller)
    await insert_inspection(session, inspection)
    await state(session, _told(inspection, store))
    await record_change(
        session,
        caller=caller.name,
        action="return.inspected",
        subject=inspection.inspection_id,
        store_id=inspection.store_id,
        before=None,
        after={"order_id": inspection.order_id, "is_intact": inspection.is_intact},
    )
    return "created"


async def _close_case(session: AsyncSession, inspection: Inspection) -> None:
    case_id = inspection.case_id or ""
    expected = await lock_expected(session, case_id)
    if expected is None or expected["order_id"] != inspection.order_id:
        detail = f"Nothing is expected back of a case {case_id} of this order."
        raise ReturnUnknownError(detail, pointer="/case_id")
    await note_inspected(session, case_id, inspection.inspected_at)


async def _move(
    session: AsyncSession, inspection: Inspection, store: Store, caller: Caller
) -> None:
    skus = await find_skus(session, [each.sku for each in inspection.lines if each.sku])
    kept = [each for each in inspection.lines if each.sku in skus]
    origin = Origin(
        occurred_at=inspection.inspected_at,
        caller=caller.name,
        source=SOURCE,
        external_id=f"{inspection.store_id}:{inspection.external_id}",
        reference=inspection.waybill,
        store_id=inspection.store_id,
        order_id=inspection.order_id,
    )
    movements = returned(kept, origin, inspection.warehouse_id, restocks=store.settings[RESTOCKS])
    for posted in await post_movements(session, movements, caller=caller):
        if posted.refusal is not None:
            raise posted.refusal


def _told(inspection: Inspection, store: Store) -> ReturnInspected:
    return ReturnInspected(
        occurred_at=inspection.inspected_at,
        store_id=inspection.store_id,
        timezone=store.calendar.timezone,
        day_start=store.calendar.day_start,
        order_id=inspection.order_id,
        case_id=inspection.case_id,
        warehouse_id=inspection.warehouse_id,
        lines=[_line(each) for each in inspection.lines],
        is_intact=inspection.is_intact,
        waybill=inspection.waybill,
        inspected_by=inspection.inspected_by,
    )


def _line(finding: Finding) -> InspectedLine:
    return InspectedLine(
        line_no=finding.line_no,
        sku=finding.sku,
        intact=finding.intact,
        defective=finding.defective,
        missing=finding.missing,
    )


def new_inspection(  # noqa: PLR0913 - an inspection, its members named
    inspection_id: str,
    *,
    store_id: str,
    external_id: str,
    order_id: str,
    case_id: str | None,
    warehouse_id: str,
    waybill: str | None,
    lines: Sequence[Finding],
    inspected_by: str,
    inspected_at: datetime,
) -> Inspection:
    """Return an inspection; whether all is intact follows from its lines."""
    return Inspection(
        inspection_id, store_id, external_id, order_id, case_id, warehouse_id, waybill,
        list(lines), is_intact(lines), inspected_by, inspected_at,
    )  # fmt: skip
