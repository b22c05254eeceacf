"""The house's work on orders as events."""

from collections.abc import Mapping
from types import MappingProxyType

from services.orders.domain import facts
from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.messages.repeated import Common, lines_of
from shared.contracts import orders_cases as cases
from shared.contracts import orders_steps as steps
from shared.contracts.envelope import Event

_EVENTS: Mapping[Status, type[steps.StepEvent]] = MappingProxyType(
    {
        Status.PICKED: steps.OrderPicked,
        Status.CHECKED: steps.OrderChecked,
        Status.PACKED: steps.OrderPacked,
        Status.FOLLOWED_UP: steps.OrderFollowedUp,
    }
)


def stepped(order: Order, fact: facts.Stepped, common: Common) -> Event:
    """Return the event of a step."""
    told: Common = {
        **common,
        "previous_status": fact.previous,
        "previous_at": fact.previous_at,
        "paid_at": order.paid_at,
        "staff": fact.staff,
    }
    if fact.step is Status.VERIFIED:
        return steps.OrderVerified(
            **told,
            courier=fact.courier,
            is_courier_fallback=order.carriage.is_fallback,
            waived_postage_minor=order.carriage.waived_minor,
            previous_waived_postage_minor=fact.waived_before_minor,
        )
    if fact.step is Status.AUDITED:
        return steps.OrderAudited(**told, verdict=fact.verdict, reason=fact.reason)
    if fact.step is Status.PRINTED:
        return steps.OrderPrinted(
            **told,
            courier=fact.courier or "",
            lines=lines_of(order.lines),
            waybill=fact.waybills[0] if fact.waybills else None,
            waybills=list(fact.waybills[1:] and fact.waybills),
        )
    return _EVENTS[fact.step](**told)


def flagged(_: Order, fact: facts.Flagged, common: Common) -> Event:
    """Return the event of a flag."""
    return steps.OrderFlagged(
        **common,
        flag=fact.flag,
        previous_flag=fact.previous,
        note_kind=fact.note_kind,
        staff=fact.staff,
    )


def urged(order: Order, fact: facts.Urged, common: Common) -> Event:
    """Return the event of an urgent mark."""
    return steps.OrderMarkedUrgent(
        **common, reason=fact.reason, lines=lines_of(order.lines), staff=fact.staff
    )


def suspected(_: Order, fact: facts.Suspected, common: Common) -> Event:
    """Return the event of a suspicion."""
    return cases.FraudSuspected(**common, reason=fact.reason, staff=fact.staff)


def trusted(_: Order, fact: facts.Trusted, common: Common) -> Event:
    """Return the event of a suspicion that was unfounded."""
    return cases.FraudCleared(**common, held_at=fact.held_at, staff=fact.staff)
