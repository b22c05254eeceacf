"""An order as the rules see it: lines, payments, parcels, refunds, and what follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.orders.domain.carriage import Carriage
from services.orders.domain.moves import STEPS, Status
from services.orders.domain.parts import (
    Buyer,
    Chase,
    Hold,
    Line,
    Payment,
    Refund,
    Shipment,
    Terms,
    Wishes,
)

NORMAL, PRESALE, COD = "normal", "presale", "cod"
ARCHIVED = "archived"
SEVERAL = ""
"""Stands for words of an order's payments that differ."""


@dataclass(slots=True)
class Order:
    """The aggregate. `paid_at` is when it was paid whole, `shipped_at` when nothing remained.

    `steps` has when the house took each of `STEPS`. `exit` says how it was cancelled. `hold` is of
    an audit or for fraud, `problem` that of its oldest open problem. `overridden` is what a source
    said of the buyer before it was changed here, `""` for nothing, `original` what it cost by its
    source's word where staff changed that.
    """

    order_id: str
    store_id: str
    external_id: str
    kind: str
    currency: str
    placed_at: datetime
    postage_minor: int
    discount_minor: int
    total_minor: int
    buyer: Buyer = field(default_factory=Buyer)
    agent: str | None = None
    lines: list[Line] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    exit: Status = Status.CANCELLED
    steps: dict[Status, datetime] = field(default_factory=dict)
    followed_up_at: datetime | None = None
    hold: Hold | None = None
    problem: Hold | None = None
    flag: str | None = None
    flag_note: str | None = None
    urgent_at: datetime | None = None
    changed_at: datetime | None = None
    wishes: Wishes = field(default_factory=Wishes)
    chase: Chase | None = None
    overridden: dict[str, str] = field(default_factory=dict)
    carriage: Carriage = field(default_factory=Carriage)
    original: Terms | None = None
    in_transit_at: datetime | None = None
    archived_at: datetime | None = None
    is_backfill: bool = False
    source_updated_at: datetime | None = None
    version: int = 1

    @property
    def status(self) -> Status:
        """How far it has come."""
        if self.cancelled_at is not None:
            return self.exit
        if self.completed_at is not None:
            return Status.COMPLETED if self.followed_up_at is None else Status.FOLLOWED_UP
        if self.delivered_at is not None:
            return Status.DELIVERED
        if self.shipped_at is not None:
            return Status.SHIPPED if self.in_transit_at is None else Status.IN_TRANSIT
        return self._status_in_house

    @property
    def _status_in_house(self) -> Status:
        if self.paid_at is None and self.kind != COD:
            return Status.PLACED  # also when finance found that it is not paid after all
        taken = [step for step in STEPS if step in self.steps]
        if taken:
            return taken[-1]
        return Status.PLACED if self.paid_at is None else Status.PAID

    @property
    def shelf(self) -> str:
        """Where it stands: its status, apart if it is in the archive."""
        return self.status if self.archived_at is None else f"{ARCHIVED} {self.status}"

    @property
    def status_since(self) -> datetime:
        """When it came to its status."""
        moments = {
            Status.PAID: self.paid_at,
            Status.SHIPPED: self.shipped_at,
            Status.IN_TRANSIT: self.in_transit_at,
            Status.DELIVERED: self.delivered_at,
            Status.COMPLETED: self.completed_at,
            Status.FOLLOWED_UP: self.followed_up_at,
            **self.steps,
        }
        status = self.status
        found = self.cancelled_at if self.cancelled_at is not None else moments.get(status)
        return found or self.placed_at

    @property
    def courier(self) -> str | None:
        """Who carries it: as it was decided, else as the buyer asked for."""
        return self.carriage.courier or self.wishes.courier

    @property
    def held_for(self) -> Hold | None:
        """What keeps it from going on: an open problem before anything else."""
        return self.problem or self.hold

    @property
    def paid_minor(self) -> int:
        """The sum of its payments as they are corrected."""
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def payment_difference_minor(self) -> int:
        """What came in above what it costs, below zero what is missing; 0 until it is paid."""
        return 0 if self.paid_at is None else self.paid_minor - self.total_minor

    @property
    def payment_method(self) -> str | None:
        """How it was paid, empty if in several ways."""
        return _only(payment.method for payment in self.payments)

    @property
    def payment_channel(self) -> str | None:
        """Where it was paid, empty if in several places."""
        return _only(payment.channel for payment in self.payments)

    @property
    def refunded_minor(self) -> int:
        """The sum of what went back."""
        return sum(refund.amount_minor for refund in self.refunds if refund.paid_at is not None)

    @property
    def refundable_minor(self) -> int:
        """What was paid and is claimed by no refund that still stands."""
        return self.paid_minor - sum(refund.amount_minor for refund in self.standing_refunds)

    @property
    def standing_refunds(self) -> list[Refund]:
        """The refunds that were not rejected."""
        return [refund for refund in self.refunds if refund.rejected_at is None]

    def line(self, line_no: int) -> Line | None:
        """Return the line of that number."""
        return next((line for line in self.lines if line.line_no == line_no), None)

    def refund(self, refund_id: str | None) -> Refund | None:
        """Return the refund of that id."""
        return next((refund for refund in self.refunds if refund.refund_id == refund_id), None)

    def remaining(self) -> dict[int, int]:
        """Return by line number how many pieces are still to be sent, where any are."""
        left = {line.line_no: line.quantity for line in self.lines}
        for shipment in self.shipments:
            for part in shipment.lines or ():
                left[part.line_no] -= part.quantity
        return {line_no: quantity for line_no, quantity in left.items() if quantity > 0}

    def copy(self) -> "Order":
        """Return an order that can be changed without changing this one."""
        return replace(
            self,
            steps=dict(self.steps),
            overridden=dict(self.overridden),
            lines=list(self.lines),
            payments=list(self.payments),
            shipments=list(self.shipments),
            refunds=list(self.refunds),
        )


def _only(words: Iterable[str | None]) -> str | None:
    named = {word for word in words if word is not None}
    if len(named) > 1:
        return SEVERAL
    return next(iter(named), None)


@dataclass(slots=True)
class Incoming:
    """An order as a source states it; lists carry natural keys, ids are still empty."""

    store_id: str
    external_id: str
    kind: str
    currency: str
    placed_at: datetime
    lines: list[Line]
    postage_minor: int
    discount_minor: int
    total_minor: int
    buyer: Buyer
    agent: str | None
    payments: list[Payment]
    shipments: list[Shipment]
    refunds: list[Refund]
    delivered_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    is_backfill: bool = False
    source_updated_at: datetime | None = None
