"""Returns (退货), exchanges (换货) and repairs (维修): their cycle, and what they may be of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.orders.domain.cases import CaseCondition, CaseMove, demand_move, from_each
from services.orders.domain.order import Order
from services.orders.domain.refusals import (
    DuplicateLineError,
    FactDiffersError,
    LineUnknownError,
    ReturnExceedsShippedError,
)
from services.orders.domain.return_freight import EXCHANGE, REPAIR, RETURN

INTACT, DAMAGED, WRONG = "intact", "damaged", "wrong"
"""What an inspection can find of goods that came back."""

REFUSED, WITHDRAWN = "refused", "withdrawn"
"""How a case ends of which nothing came."""

OUTCOMES = {RETURN: "refunded", EXCHANGE: "exchanged", REPAIR: "repaired"}
"""How a case ends, by its kind, when the buyer got what he was promised."""

NOUN = "A case"


class CaseStatus(StrEnum):
    """How far a case has come; derived from its facts, so that their order of arrival is free."""

    OPENED = "opened"
    AGREED = "agreed"
    SENT_BACK = "sent_back"
    RECEIVED = "received"
    REPLACED = "replaced"
    CLOSED = "closed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_IN_VAIN = {REFUSED: CaseStatus.REFUSED, WITHDRAWN: CaseStatus.WITHDRAWN}
_UNDER_WAY = (CaseStatus.OPENED, CaseStatus.AGREED, CaseStatus.SENT_BACK, CaseStatus.RECEIVED)
_EXPECTED = (CaseStatus.AGREED, CaseStatus.SENT_BACK)

AFTER_SALE_MOVES = (
    CaseMove("agree", CaseStatus.OPENED, CaseStatus.AGREED, "refunds:write"),
    CaseMove("refuse", CaseStatus.OPENED, CaseStatus.REFUSED, "refunds:write"),
    CaseMove(
        "refuse", CaseStatus.RECEIVED, CaseStatus.REFUSED, "refunds:write", CaseCondition.UNFIT
    ),
    *from_each(
        "withdraw", (CaseStatus.OPENED, CaseStatus.AGREED), CaseStatus.WITHDRAWN, "refunds:write"
    ),
    CaseMove("send back", CaseStatus.AGREED, CaseStatus.SENT_BACK, "refunds:write"),
    *from_each("receive", _EXPECTED, CaseStatus.RECEIVED, "shipments:write"),
    *from_each("link a refund", _UNDER_WAY, None, "refunds:write", CaseCondition.RETURN),
    CaseMove(
        "replace", CaseStatus.RECEIVED, CaseStatus.REPLACED, "shipments:write", CaseCondition.SWAP
    ),
    CaseMove("close", CaseStatus.REPLACED, CaseStatus.CLOSED, "refunds:write"),
    CaseMove(
        "close", CaseStatus.RECEIVED, CaseStatus.CLOSED, "refunds:write", CaseCondition.REFUNDED
    ),
    *from_each("close", _EXPECTED, CaseStatus.CLOSED, "refunds:write", CaseCondition.WAIVED),
)
"""Every legal move of a case. That inventory inspected the goods is a fact, whatever its status."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """What of a line comes back; `wanted_sku` is sent instead, by default the same."""

    line_no: int
    sku: str | None
    quantity: int
    wanted_sku: str | None = None


@dataclass(frozen=True, slots=True)
class AfterSale:
    """A return, exchange or repair; `refund_id` is its refund's, of a return alone."""

    case_id: str
    order_id: str
    store_id: str
    external_id: str | None
    kind: str
    lines: tuple[CaseLine, ...]
    reason_kind: str
    reason: str
    pictures: tuple[str, ...]
    responsible: str
    is_quality_fault: bool
    shop_freight_minor: int
    buyer_freight_minor: int
    opened_at: datetime
    opened_by: str
    refund_id: str | None = None
    agreed_at: datetime | None = None
    warehouse_id: str | None = None
    sent_back_at: datetime | None = None
    back_courier: str | None = None
    back_waybill: str | None = None
    received_at: datetime | None = None
    condition: str | None = None
    inspected_by: str | None = None
    is_of_inventory: bool = False
    replaced_at: datetime | None = None
    replacement_courier: str | None = None
    replacement_waybill: str | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    closing_note: str = ""

    @property
    def status(self) -> CaseStatus:
        """How far it has come."""
        if self.closed_at is not None:
            return _IN_VAIN.get(self.outcome or "", CaseStatus.CLOSED)
        if self.agreed_at is None:
            return CaseStatus.OPENED
        reached = (
            (self.replaced_at, CaseStatus.REPLACED),
            (self.received_at, CaseStatus.RECEIVED),
            (self.sent_back_at, CaseStatus.SENT_BACK),
        )
        return next((status for at, status in reached if at is not None), CaseStatus.AGREED)

    @property
    def replacement_id(self) -> str:
        """The number of the parcel that is sent instead."""
        return f"rpl_{self.case_id[4:]}"

    @property
    def is_binding(self) -> bool:
        """Say whether its pieces are its own: refused ones and those sent again are free."""
        if self.status in {CaseStatus.REFUSED, CaseStatus.WITHDRAWN}:
            return False
        return self.kind == RETURN or self.status is not CaseStatus.CLOSED


def sent_quantities(order: Order) -> dict[int, int]:
    """Return by line number how many pieces were sent: all, once nothing remains to be sent."""
    quantities = {line.line_no: line.quantity for line in order.lines}
    if any((order.shipped_at, order.delivered_at, order.completed_at)):
        return quantities
    left = order.remaining()
    return {line_no: count - left.get(line_no, 0) for line_no, count in quantities.items()}


def check_lines(order: Order, lines: Sequence[CaseLine], others: Iterable[AfterSale]) -> None:
    """Check that a case is of what the buyer was sent and no other case holds.

    An order without lines has cases without lines. Raises `LineUnknownError`,
    `DuplicateLineError`, `ReturnExceedsShippedError`.
    """
    free = sent_quantities(order)
    if not lines and (order.lines or order.shipped_at is None):
        detail = "The case names no line of the order." if order.lines else "Nothing was sent."
        raise ReturnExceedsShippedError(detail, pointer="/lines")
    for held in (line for other in others if other.is_binding for line in other.lines):
        free[held.line_no] = free.get(held.line_no, 0) - held.quantity
    for place, line in enumerate(lines):
        pointer = f"/lines/{place}"
        if line.line_no not in free:
            detail = f"The order has no line {line.line_no}."
            raise LineUnknownError(detail, pointer=f"{pointer}/line_no")
        if any(line.line_no == other.line_no for other in lines[:place]):
            detail = f"Line {line.line_no} is named twice."
            raise DuplicateLineError(detail, pointer=f"{pointer}/line_no")
        if line.quantity > free[line.line_no]:
            left = max(free[line.line_no], 0)
            detail = f"Of line {line.line_no} only {left} can come back."
            raise ReturnExceedsShippedError(detail, pointer=f"{pointer}/quantity", remaining=left)


def agree(case: AfterSale, at: datetime, warehouse_id: str | None) -> AfterSale:
    """Expect the goods, in a warehouse if one is named; raises `IllegalMoveError`."""
    if case.agreed_at is not None and case.warehouse_id == warehouse_id:
        return case
    demand_move(AFTER_SALE_MOVES, "agree", case.status, noun=NOUN)
    return replace(case, agreed_at=at, warehouse_id=warehouse_id)


def send_back(case: AfterSale, at: datetime, courier: str, waybill: str) -> AfterSale:
    """Note the parcel that the buyer sent; raises `IllegalMoveError`."""
    if (case.back_courier, case.back_waybill) == (courier, waybill):
        return case
    demand_move(AFTER_SALE_MOVES, "send back", case.status, noun=NOUN)
    return replace(case, sent_back_at=at, back_courier=courier, back_waybill=waybill)


def receive(case: AfterSale, at: datetime, condition: str, *, by: str) -> AfterSale:
    """Note what came back and how; what inventory found before is not found otherwise here.

    Raises `IllegalMoveError`, `FactDiffersError`.
    """
    if case.received_at is not None:
        if case.condition != condition:
            detail = f"The goods were found to be {case.condition}."
            raise FactDiffersError(detail, pointer="/condition")
        return case
    demand_move(AFTER_SALE_MOVES, "receive", case.status, noun=NOUN)
    return replace(case, received_at=at, condition=condition, inspected_by=by)


def hear_inspection(case: AfterSale, at: datetime, condition: str, *, by: str) -> AfterSale:
    """Note what inventory found: its last word stands, above what was told here."""
    if case.is_of_inventory and case.received_at is not None and at <= case.received_at:
        return case
    return replace(case, received_at=at, condition=condition, inspected_by=by, is_of_inventory=True)


def send_replacement(case: AfterSale, at: datetime, courier: str, waybill: str) -> AfterSale:
    """Note the parcel that the buyer gets instead; raises `IllegalMoveError`."""
    if (case.replacement_courier, case.replacement_waybill) == (courier, waybill):
        return case
    met = () if case.kind == RETURN else (CaseCondition.SWAP,)
    demand_move(AFTER_SALE_MOVES, "replace", case.status, met, noun=NOUN)
    return replace(case, replaced_at=at, replacement_courier=courier, replacement_waybill=waybill)
