"""What happens to one order: payments, parcels, refunds, its end."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Security

from services.orders import metrics
from services.orders.domain.reconciling import Outcome
from services.orders.domain.sending import Sending
from services.orders.repository.parcels import parcels_of
from services.orders.routes.showing import Answering
from services.orders.schemas.incoming import shipped_lines
from services.orders.schemas.new_order import (
    Correction,
    Happened,
    PaymentBody,
    RefundRequest,
    ShipmentBody,
)
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases import telling
from services.orders.usecases.changing import Changed, change_order, show_order
from services.orders.usecases.sending import ACTION, send_parcels
from shared.kernel.clock import utc_now
from shared.kernel.refusals import Refusal
from shared.web.callers import Caller, require
from shared.web.transactional import TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["orders"])

When = Annotated[Happened | None, Body()]


class Desk(Answering):
    """Changes an order for a caller and answers what it is then."""

    async def send(self, order_id: str, body: ShipmentBody, caller: Caller) -> OrderAnswer:
        """Send a parcel as it is told, or as it was planned or printed before."""
        if body.courier and body.waybill and not await parcels_of(self._session, [order_id]):
            act = telling.send_parcel(body, body.courier, body.waybill, utc_now())
            return await self.change(order_id, act, caller, ACTION)
        told = Sending(
            order_id,
            body.shipped_at or utc_now(),
            body.courier,
            body.waybill,
            shipped_lines(body.lines),
            body.weight_grams,
            body.external_id,
        )
        [worked] = await send_parcels(self._session, [told], caller=caller)
        if worked.outcome is None or worked.event_id is None:
            raise worked.refusal or RuntimeError("an order without an event")
        if worked.outcome is Outcome.UNCHANGED:
            self._response.status_code = 200
        stored = await show_order(self._session, order_id, caller)
        return self.answer(Changed(worked.outcome, stored, worked.event_id), caller)

    async def change(
        self, order_id: str, act: telling.Act, caller: Caller, action: str
    ) -> OrderAnswer:
        """Change the order; an act that changes nothing answers 200."""
        try:
            changed = await change_order(self._session, order_id, act, caller=caller, action=action)
        except Refusal as refusal:
            metrics.REFUSALS.labels(refusal.kind).inc()
            raise
        if changed.outcome is Outcome.UNCHANGED:
            self._response.status_code = 200
        return self.answer(changed, caller)


AtDesk = Annotated[Desk, Depends()]
PaymentWriter = Annotated[Caller, Security(require("payments:write"))]
Finance = Annotated[Caller, Security(require("payments:correct"))]
Shipper = Annotated[Caller, Security(require("shipments:write"))]
OrderWriter = Annotated[Caller, Security(require("orders:write"))]
RefundWriter = Annotated[Caller, Security(require("refunds:write"))]
RefundApprover = Annotated[Caller, Security(require("refunds:approve"))]
RefundPayer = Annotated[Caller, Security(require("refunds:pay"))]


@router.post("/v1/orders/{order_id}/payments", status_code=201)
async def take_payment(
    order_id: str, body: PaymentBody, desk: AtDesk, caller: PaymentWriter
) -> OrderAnswer:
    """Take a payment; its amount is checked against the order."""
    desk.demand_key(body.external_id)
    act = telling.take_payment(body, utc_now())
    return await desk.change(order_id, act, caller, "payment.taken")


@router.post("/v1/orders/{order_id}/payments/{payment_id}/corrections", status_code=201)
async def correct_payment(
    order_id: str, payment_id: str, body: Correction, desk: AtDesk, caller: Finance
) -> OrderAnswer:
    """Correct a payment, as finance alone may."""
    act = telling.correct_payment(payment_id, body)
    return await desk.change(order_id, act, caller, "payment.corrected")


@router.post("/v1/orders/{order_id}/shipments", status_code=201)
async def send_parcel(
    order_id: str, body: ShipmentBody, desk: AtDesk, caller: Shipper
) -> OrderAnswer:
    """Send a parcel; one that orders share leaves for all of them."""
    desk.demand_key(body.external_id)
    return await desk.send(order_id, body, caller)


@router.post("/v1/orders/{order_id}/delivery")
async def deliver_order(
    order_id: str, desk: AtDesk, caller: Shipper, body: When = None
) -> OrderAnswer:
    """Say that the buyer has the goods."""
    return await desk.change(order_id, telling.deliver(body, utc_now()), caller, "order.delivered")


@router.post("/v1/orders/{order_id}/completion")
async def complete_order(
    order_id: str, desk: AtDesk, caller: OrderWriter, body: When = None
) -> OrderAnswer:
    """Say that the trade is complete."""
    return await desk.change(order_id, telling.complete(body, utc_now()), caller, "order.completed")


@router.post("/v1/orders/{order_id}/refunds", status_code=201)
async def request_refund(
    order_id: str, body: RefundRequest, desk: AtDesk, caller: RefundWriter
) -> OrderAnswer:
    """Ask for money back: a part, or without an amount all that can still go back."""
    desk.demand_key(body.external_id)
    act = telling.request_refund(body, utc_now())
    return await desk.change(order_id, act, caller, "refund.requested")


@router.post("/v1/orders/{order_id}/refunds/{refund_id}/approval")
async def approve_refund(
    order_id: str, refund_id: str, desk: AtDesk, caller: RefundApprover, body: When = None
) -> OrderAnswer:
    """Agree to a refund."""
    act = telling.approve_refund(refund_id, body, utc_now())
    return await desk.change(order_id, act, caller, "refund.approved")


@router.post("/v1/orders/{order_id}/refunds/{refund_id}/rejection")
async def reject_refund(
    order_id: str, refund_id: str, desk: AtDesk, caller: RefundApprover, body: When = None
) -> OrderAnswer:
    """Refuse a refund, or take it back for the buyer."""
    act = telling.reject_refund(refund_id, body, utc_now())
    return await desk.change(order_id, act, caller, "refund.rejected")


@router.post("/v1/orders/{order_id}/refunds/{refund_id}/payment")
async def pay_refund(
    order_id: str, refund_id: str, desk: AtDesk, caller: RefundPayer, body: When = None
) -> OrderAnswer:
    """Send the money of an approved refund back."""
    act = telling.pay_refund(refund_id, body, utc_now())
    return await desk.change(order_id, act, caller, "refund.paid")
