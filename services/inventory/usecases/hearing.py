"""What orders states moves stock: a batch of its events is one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.domain import reserving
from services.inventory.domain.desk import Desk
from services.inventory.domain.exchanging import Exchange, agree_exchange, end_exchange
from services.inventory.domain.holding import CANCELLED, UNPAID
from services.inventory.domain.issuing import Sent, issue
from services.inventory.domain.reservations import Wanted
from services.inventory.domain.reserving import Asked, Rules
from services.inventory.repository.untracked import Seen, note_untracked
from services.inventory.usecases.desks import Needs, close_desk, open_desk
from shared.contracts.envelope import Event
from shared.contracts.orders import (
    OrderAmended,
    OrderCancelled,
    OrderEvent,
    OrderLine,
    OrderPaid,
    OrderPlaced,
    OrderShipped,
    PaymentCorrected,
    RefundApproved,
    RefundEvent,
    RefundPaid,
    ShippedLine,
)
from shared.contracts.orders_cases import AfterSaleAgreed, AfterSaleClosed, ReplacementShipped
from shared.contracts.orders_steps import GoodsChanged

COD = "cod"
EXCHANGE = "exchange"
CLOSED_UNPAID = "closed_unpaid"


@dataclass(frozen=True, slots=True)
class _Step:
    """What one event does at the desk, and which goods it names."""

    event: OrderEvent
    skus: frozenset[str]
    act: Callable[[Desk, Rules], None]
    leaving: str | None = None
    is_leaving: bool = False


async def hear_orders(session: AsyncSession, events: Sequence[Event]) -> None:
    """Let events of orders take effect on stock, in their order.

    Backfilled history touches no stock. Goods that are no SKU here are not set aside and can't run
    out: an order of them is as it would be without this service; they are counted in a list.
    """
    heard = [each for each in events if isinstance(each, OrderEvent) and not each.is_backfill]
    steps = [step for event in heard for step in _steps_of(event)]
    if not steps:
        return
    needs = Needs()
    for step in steps:
        event = step.event
        needs.orders.add(event.order_id)
        if step.is_leaving:
            needs.leaving |= {(event.store_id, sku, step.leaving) for sku in step.skus}
        else:
            needs.skus |= {(event.store_id, sku) for sku in step.skus}
        if isinstance(event, OrderPlaced):
            needs.checkouts.add((event.store_id, event.external_id))
    opened = await open_desk(session, needs)
    for step in steps:
        step.act(opened.desk, opened.rules(step.event.store_id))
    await close_desk(session, opened)
    await note_untracked(session, _untracked(opened.desk, heard))


def _steps_of(event: OrderEvent) -> list[_Step]:
    reading = _READINGS.get(type(event))
    return [] if reading is None else reading(event)


def _asking(act: Callable[[Desk, Asked], None], event: Any, **words: Any) -> list[_Step]:
    """Return the step of an event that tells the lines of its order."""
    lines: list[OrderLine] = event.lines

    def at_desk(desk: Desk, rules: Rules) -> None:
        asked = Asked(
            store_id=event.store_id,
            at=event.occurred_at,
            rules=rules,
            wanted=wanted_of(lines),
            order_id=event.order_id,
            external_id=event.external_id,
            is_campaign=any(line.campaign_id for line in lines),
            **words,
        )
        act(desk, asked)

    return [_Step(event, frozenset(line.sku for line in lines if line.sku), at_desk)]


def _placed(event: OrderPlaced) -> list[_Step]:
    return _asking(reserving.place, event, is_cod=event.kind == COD)


def _paid(event: OrderPaid) -> list[_Step]:
    return _asking(reserving.pay, event, is_paid=True)


def _amended(event: OrderAmended) -> list[_Step]:
    return _asking(reserving.amend, event)


def _goods_changed(event: GoodsChanged) -> list[_Step]:
    return _asking(reserving.amend, event, is_paid=event.paid_at is not None)


def _corrected(event: PaymentCorrected) -> list[_Step]:
    if event.completes == 0:
        return []
    return _asking(reserving.pay if event.completes > 0 else reserving.unpay, event)


def _cancelled(event: OrderCancelled) -> list[_Step]:
    reason = UNPAID if event.exit == CLOSED_UNPAID else CANCELLED

    def at_desk(desk: Desk, _: Rules) -> None:
        reserving.cancel(desk, event.order_id, event.occurred_at, reason)

    return [_Step(event, frozenset(), at_desk)]


def _refunded(event: RefundEvent) -> list[_Step]:
    unshipped = {line.line_no: line.unshipped_quantity for line in event.lines}

    def at_desk(desk: Desk, _: Rules) -> None:
        reserving.refund(desk, event.order_id, event.occurred_at, event.refund_id, unshipped)

    return [_Step(event, frozenset(), at_desk)] if any(unshipped.values()) else []


def _shipped(event: OrderShipped) -> list[_Step]:
    sent = Sent(
        store_id=event.store_id,
        order_id=event.order_id,
        at=event.occurred_at,
        shipment_id=event.shipment_id,
        waybill=event.waybill,
        lines=shipped_of(event.lines),
        warehouse_id=event.warehouse_id,
        is_complete=event.is_complete,
    )
    return [_leaving(event, sent)]


def _replaced(event: ReplacementShipped) -> list[_Step]:
    sent = Sent(
        store_id=event.store_id,
        order_id=event.order_id,
        at=event.occurred_at,
        shipment_id=event.shipment_id,
        waybill=event.waybill,
        lines=shipped_of(event.shipped),
        is_complete=True,
        case_id=event.case_id,
    )
    return [_leaving(event, sent)] if event.kind == EXCHANGE else []


def _leaving(event: OrderEvent, sent: Sent) -> _Step:
    def at_desk(desk: Desk, _: Rules) -> None:
        issue(desk, sent)

    skus = frozenset(line.sku for line in sent.lines)
    return _Step(event, skus, at_desk, sent.warehouse_id, is_leaving=True)


def _agreed(event: AfterSaleAgreed) -> list[_Step]:
    if event.kind != EXCHANGE:
        return []
    exchange = Exchange(
        event.store_id,
        event.order_id,
        event.case_id,
        event.occurred_at,
        tuple(
            Wanted(line.line_no, line.wanted_sku or line.sku or "", line.quantity)
            for line in event.lines
        ),
    )
    skus = frozenset(line.sku for line in exchange.wanted if line.sku)
    return [_Step(event, skus, lambda desk, _: agree_exchange(desk, exchange))]


def _closed(event: AfterSaleClosed) -> list[_Step]:
    end = partial(end_exchange, order_id=event.order_id, case_id=event.case_id)
    return [_Step(event, frozenset(), lambda desk, _: end(desk, at=event.occurred_at))]


_READINGS: MappingProxyType[type[OrderEvent], Callable[[Any], list[_Step]]] = MappingProxyType(
    {
        OrderPlaced: _placed,
        OrderAmended: _amended,
        OrderPaid: _paid,
        PaymentCorrected: _corrected,
        OrderCancelled: _cancelled,
        OrderShipped: _shipped,
        RefundApproved: _refunded,
        RefundPaid: _refunded,
        GoodsChanged: _goods_changed,
        AfterSaleAgreed: _agreed,
        ReplacementShipped: _replaced,
        AfterSaleClosed: _closed,
    }
)

HEARD: frozenset[str] = frozenset(event.type for event in _READINGS)
"""Wire names of what moves stock."""


def wanted_of(lines: Sequence[OrderLine]) -> list[Wanted]:
    """Return what lines of an order ask for; one without a code asks for nothing that is here."""
    return [Wanted(line.line_no, line.sku, line.quantity) for line in lines if line.sku]


def shipped_of(lines: Sequence[ShippedLine]) -> list[Wanted]:
    """Return what lies in a parcel."""
    return [Wanted(line.line_no, line.sku, line.quantity) for line in lines if line.sku]


def _untracked(desk: Desk, events: Sequence[OrderEvent]) -> list[Seen]:
    return [
        Seen(event.store_id, line.sku, line.quantity, event.occurred_at, event.order_id)
        for event in events
        if isinstance(event, OrderPlaced)
        for line in event.lines
        if line.sku and line.sku not in desk.skus
    ]
