"""Bodies of what the house does with orders."""

from typing import Annotated, Literal

from pydantic import StringConstraints

from services.orders.schemas.new_order import Happened, Prose, Word

OrderId = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\w+$")]
Reason = Annotated[Prose, StringConstraints(min_length=1)]


class StepBody(Happened):
    """A step; `courier` is what the buyer agreed to, or who the waybill is for."""

    courier: Word | None = None


class AuditBody(Happened):
    """What an audit found; one that holds or rejects an order says why."""

    verdict: Literal["passed", "rejected", "held"] = "passed"
    reason: Prose = ""


class Reasoned(Happened):
    """What is done to an order, and why."""

    reason: Reason


class NoteBody(StepBody):
    """A note; `flag` is the colour that the order bears from now on."""

    text: Reason
    flag: Literal["red", "yellow", "green", "blue", "purple"] | None = None


class StepRow(StepBody):
    """A step of one order of many."""

    order_id: OrderId


class PrintBody(StepBody):
    """A printing; `waybill` is the number of its electronic waybill, where none is in the pool."""

    waybill: Annotated[Word, StringConstraints(max_length=64)] | None = None


class PrintRow(PrintBody):
    """The printing of one order of many."""

    order_id: OrderId


class AuditRow(AuditBody):
    """The audit of one order of many."""

    order_id: OrderId
