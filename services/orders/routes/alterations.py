"""What a buyer wants otherwise before the goods leave, and who asks them to pay."""

from typing import Annotated

from fastapi import APIRouter, Body, Security

from services.orders.routes.showing import Personal
from services.orders.routes.working import AtBench
from services.orders.schemas.alterations import ClaimBody, DeliveryBody, GoodsBody, WishBody
from services.orders.schemas.new_order import Happened
from services.orders.schemas.views import OrderAnswer
from services.orders.usecases import chasing
from services.orders.usecases.altering import Altering
from services.orders.usecases.changing import show_order
from shared.kernel.clock import utc_now
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

router = APIRouter(route_class=TransactionalRoute, tags=["changes"])

Agent = Annotated[Caller, Security(require("orders:amend"))]
Servant = Annotated[Caller, Security(require("cs:write"))]


@router.post("/v1/orders/{order_id}/delivery-change")
async def change_delivery(
    order_id: str, body: DeliveryBody, bench: AtBench, caller: Agent, personal: Personal
) -> OrderAnswer:
    """Send the goods elsewhere, or to another name or phone (改地址), with the red flag."""
    work = Altering(caller.name, utc_now(), personal).redirect(body)
    return await bench.work(order_id, work, caller, "delivery.changed")


@router.post("/v1/orders/{order_id}/goods-change")
async def change_goods(
    order_id: str, body: GoodsBody, bench: AtBench, caller: Agent, personal: Personal
) -> OrderAnswer:
    """Send another model of a line at the same price (换款), with the red flag."""
    work = Altering(caller.name, utc_now(), personal).swap(body)
    return await bench.work(order_id, work, caller, "goods.changed")


@router.post("/v1/orders/{order_id}/special-requests")
async def take_wishes(
    order_id: str, body: WishBody, bench: AtBench, caller: Agent, personal: Personal
) -> OrderAnswer:
    """Take special requests (特殊要求): courier, delivery time, invoice title, card text."""
    work = Altering(caller.name, utc_now(), personal).wish(body)
    return await bench.work(order_id, work, caller, "wishes.taken")


@router.post("/v1/orders/{order_id}/chase")
async def chase_order(
    order_id: str,
    bench: AtBench,
    caller: Servant,
    body: Annotated[Happened | None, Body()] = None,
) -> OrderAnswer:
    """Say that the buyer was asked to pay (催付): by the owner, later by anybody (追单)."""
    work = chasing.chase(body, utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "order.chased")


@router.post("/v1/orders/{order_id}/chase-claim")
async def claim_order(
    order_id: str, body: ClaimBody, bench: AtBench, caller: Servant, session: SessionDep
) -> OrderAnswer:
    """Put down to its chaser an order that the buyer placed anew for a chased one (另拍)."""
    chased = await show_order(session, body.chased_order_id, caller)
    work = chasing.claim(body, chased.order, utc_now(), staff=caller.name)
    return await bench.work(order_id, work, caller, "chase.claimed")
