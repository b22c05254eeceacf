"""Returns, exchanges and repairs as events."""

from datetime import datetime

from services.orders.domain.after_sale import AfterSale
from services.orders.domain.order import Order
from services.orders.messages.repeated import Common, common_of
from shared.contracts import orders_cases as contracts
from shared.contracts.orders import ShippedLine
from shared.kernel.buckets import StoreCalendar


def opened(order: Order, case: AfterSale, calendar: StoreCalendar) -> contracts.AfterSaleOpened:
    """Return the event of a case that was opened."""
    return contracts.AfterSaleOpened(**_told(order, case, calendar, case.opened_at))


def agreed(order: Order, case: AfterSale, calendar: StoreCalendar) -> contracts.AfterSaleAgreed:
    """Return the event of a case that was agreed to."""
    return contracts.AfterSaleAgreed(
        **_told(order, case, calendar, case.agreed_at), warehouse_id=case.warehouse_id
    )


def sent_back(order: Order, case: AfterSale, calendar: StoreCalendar) -> contracts.GoodsSentBack:
    """Return the event of goods that the buyer sent."""
    return contracts.GoodsSentBack(
        **_told(order, case, calendar, case.sent_back_at),
        courier=case.back_courier or "",
        waybill=case.back_waybill or "",
        warehouse_id=case.warehouse_id,
    )


def replaced(
    order: Order, case: AfterSale, calendar: StoreCalendar
) -> contracts.ReplacementShipped:
    """Return the event of goods that were sent instead."""
    return contracts.ReplacementShipped(
        **_told(order, case, calendar, case.replaced_at),
        shipment_id=case.replacement_id,
        courier=case.replacement_courier or "",
        waybill=case.replacement_waybill or "",
        shipped=[
            ShippedLine(
                line_no=line.line_no, sku=line.wanted_sku or line.sku, quantity=line.quantity
            )
            for line in case.lines
        ],
    )


def closed(order: Order, case: AfterSale, calendar: StoreCalendar) -> contracts.AfterSaleClosed:
    """Return the event of a case that is over."""
    return contracts.AfterSaleClosed(
        **_told(order, case, calendar, case.closed_at), outcome=case.outcome or ""
    )


def _told(order: Order, case: AfterSale, calendar: StoreCalendar, at: datetime | None) -> Common:
    return {
        **common_of(order, calendar),
        "occurred_at": at or case.opened_at,
        "case_id": case.case_id,
        "kind": case.kind,
        "lines": [
            contracts.CaseLine(
                line_no=line.line_no,
                sku=line.sku,
                quantity=line.quantity,
                wanted_sku=line.wanted_sku,
            )
            for line in case.lines
        ],
        "reason_kind": case.reason_kind,
        "responsible": case.responsible,
        "is_quality_fault": case.is_quality_fault,
        "opened_at": case.opened_at,
        "shop_freight_minor": case.shop_freight_minor,
        "buyer_freight_minor": case.buyer_freight_minor,
        "refund_id": case.refund_id,
    }
