"""What is done to a return, exchange or repair: each function gives a step."""

from collections.abc import Callable
from datetime import datetime

from services.orders.domain import after_sale, after_sale_ends
from services.orders.domain.after_sale import REFUSED, WITHDRAWN, AfterSale
from services.orders.messages import after_sales as messages
from services.orders.schemas.after_sales import (
    Agreement,
    CaseClosure,
    CaseParcel,
    Inspection,
    InVain,
)
from services.orders.schemas.new_order import Happened
from services.orders.usecases.after_sales import Step
from services.orders.usecases.casework import Docket


def agree(body: Agreement, now: datetime) -> Step:
    """Agree to a case: its goods are expected."""

    def act(_: Docket, case: AfterSale) -> AfterSale:
        return after_sale.agree(case, _at(body, case, now), body.warehouse_id)

    return Step("after_sale.agreed", act, messages.agreed)


def refuse(body: InVain, now: datetime) -> Step:
    """Refuse a case; its refund is taken back with it."""
    return Step("after_sale.refused", _in_vain(body, now, REFUSED), messages.closed)


def withdraw(body: InVain, now: datetime) -> Step:
    """Take a case back for the buyer; its refund is taken back with it."""
    return Step("after_sale.withdrawn", _in_vain(body, now, WITHDRAWN), messages.closed)


def send_back(body: CaseParcel, now: datetime) -> Step:
    """Note the parcel that the buyer sent."""

    def act(_: Docket, case: AfterSale) -> AfterSale:
        return after_sale.send_back(case, _at(body, case, now), body.courier, body.waybill)

    return Step("after_sale.sent_back", act, messages.sent_back)


def receive(body: Inspection, now: datetime) -> Step:
    """Note what came back; inventory states its own inspection, so no event tells of it."""

    def act(docket: Docket, case: AfterSale) -> AfterSale:
        at = _at(body, case, now)
        return after_sale.receive(case, at, body.condition, by=docket.caller.name)

    return Step("after_sale.received", act)


def send_replacement(body: CaseParcel, now: datetime) -> Step:
    """Note the parcel that the buyer gets instead."""

    def act(_: Docket, case: AfterSale) -> AfterSale:
        return after_sale.send_replacement(case, _at(body, case, now), body.courier, body.waybill)

    return Step("after_sale.replaced", act, messages.replaced)


def close(body: CaseClosure, now: datetime) -> Step:
    """Close a case when the buyer got what he was promised."""

    def act(docket: Docket, case: AfterSale) -> AfterSale:
        return after_sale_ends.close_case(
            docket.changes.order,
            case,
            _at(body, case, now),
            waives_goods=body.waives_goods,
            note=body.note,
        )

    return Step("after_sale.closed", act, messages.closed)


def hear_inspection(at: datetime, condition: str, by: str) -> Step:
    """Note what inventory found of the goods."""

    def act(_: Docket, case: AfterSale) -> AfterSale:
        return after_sale.hear_inspection(case, at, condition, by=by)

    return Step("after_sale.inspected", act)


def _in_vain(body: InVain, now: datetime, outcome: str) -> Callable[[Docket, AfterSale], AfterSale]:
    def act(docket: Docket, case: AfterSale) -> AfterSale:
        at = _at(body, case, now)
        return after_sale_ends.end_in_vain(docket.changes, case, outcome, at, note=body.reason)

    return act


def _at(body: Happened, case: AfterSale, now: datetime) -> datetime:
    """Return when it happened: never before the case was opened."""
    return max(body.at or now, case.opened_at)
