"""An order as the rules see it: lines, payments, parcels, refunds, and what follows from them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

from services.orders.domain.moves import STEPS, RefundStatus, Status

NORMAL, PRESALE, COD = "normal", "presale", "cod"


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `amount_minor` is quantity times price, rounded once, less its own discount."""

    line_no: int
    sku: str | None
    name: str | None
    quantity: int
    unit_price: Decimal
    discount_minor: int
    amount_minor: int
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in; `stated_minor` is what the source said, before any correction."""

    external_id: str
    amount_minor: int
    stated_minor: int
    paid_at: datetime
    method: str | None = None
    payment_id: str = ""


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """How many pieces of a line a parcel holds."""

    line_no: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """A parcel; `lines` None asks for all that remains, `is_complete` says it was the last."""

    external_id: str
    courier: str
    waybill: str
    shipped_at: datetime
    lines: tuple[ShippedLine, ...] | None = None
    weight_grams: int | None = None
    shipment_id: str = ""
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class RefundLine:
    """What of a line goes back; quantity 0 means money only (仅退款)."""

    line_no: int
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that goes back, postage included; its three dates are its life."""

    external_id: str
    amount_minor: int
    requested_at: datetime
    postage_minor: int = 0
    lines: tuple[RefundLine, ...] = ()
    reason: str = ""
    with_return: bool = False
    approved_at: datetime | None = None
    rejected_at: datetime | None = None
    paid_at: datetime | None = None
    is_time_assumed: bool = False
    refund_id: str = ""

    @property
    def status(self) -> RefundStatus:
        """How far it has come."""
        if self.paid_at is not None:
            return RefundStatus.PAID
        if self.rejected_at is not None:
            return RefundStatus.REJECTED
        return RefundStatus.REQUESTED if self.approved_at is None else RefundStatus.APPROVED


@dataclass(frozen=True, slots=True)
class Buyer:
    """A buyer by keyed hashes; only province and city are plain."""

    account: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    province: str | None = None
    city: str | None = None

    def overlaid_by(self, other: Self) -> "Buyer":
        """Return this buyer with all that `other` knows."""
        return Buyer(
            account=other.account or self.account,
            name=other.name or self.name,
            phone=other.phone or self.phone,
            address=other.address or self.address,
            province=other.province or self.province,
            city=other.city or self.city,
        )


@dataclass(frozen=True, slots=True)
class Hold:
    """Why nothing of an order goes on: `kind` is audit or fraud."""

    kind: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote on an order, and the flag it was set with; `kind` names its template."""

    at: datetime
    staff: str
    kind: str
    text: str
    flag: str | None = None


@dataclass(slots=True)
class Order:
    """The aggregate. `paid_at` is when it was paid whole, `shipped_at` when nothing remained.

    `steps` has when the house took each of `STEPS`. `exit` says how it was cancelled.
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
    flag: str | None = None
    urgent_at: datetime | None = None
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
            return Status.SHIPPED
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
    def status_since(self) -> datetime:
        """When it came to its status."""
        moments = {
            Status.PAID: self.paid_at,
            Status.SHIPPED: self.shipped_at,
            Status.DELIVERED: self.delivered_at,
            Status.COMPLETED: self.completed_at,
            Status.FOLLOWED_UP: self.followed_up_at,
            **self.steps,
        }
        status = self.status
        found = self.cancelled_at if self.cancelled_at is not None else moments.get(status)
        return found or self.placed_at

    @property
    def paid_minor(self) -> int:
        """The sum of its payments as they are corrected."""
        return sum(payment.amount_minor for payment in self.payments)

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
            lines=list(self.lines),
            payments=list(self.payments),
            shipments=list(self.shipments),
            refunds=list(self.refunds),
        )


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
