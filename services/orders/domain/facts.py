"""What happened to an order in one change: facts with all that an event must repeat."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.orders.domain.moves import Condition, RefundStatus, Status, find_move
from services.orders.domain.order import COD, Line, Note, Order, Payment, Refund, Shipment


@dataclass(frozen=True, slots=True)
class Placed:
    """The order was placed."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Amended:
    """Lines, price, postage or province changed before payment; here is what was before."""

    at: datetime
    previous_lines: tuple[Line, ...]
    previous_total_minor: int
    previous_province: str | None


@dataclass(frozen=True, slots=True)
class Redirected:
    """The goods are to go elsewhere, or to another phone; `changes` names what."""

    at: datetime
    changes: tuple[str, ...]
    previous_province: str | None
    is_paid: bool


@dataclass(frozen=True, slots=True)
class Attributed:
    """The sale belongs to another agent."""

    at: datetime
    previous_agent: str | None


@dataclass(frozen=True, slots=True)
class Paid:
    """Money came in, `paid_minor` with all before it; `is_whole`: it completed the order."""

    at: datetime
    payment: Payment
    paid_minor: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """Finance corrected a payment; `completes` is +1, -1 or 0 as the order's being paid changed."""

    at: datetime
    payment: Payment
    difference_minor: int
    paid_minor: int
    completes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Stepped:
    """The house moved the order on, or, where its audit rejected it, back.

    `previous_at` is when it had come to `previous`. `verdict` and `reason` are an audit's.
    """

    at: datetime
    step: Status
    previous: Status
    previous_at: datetime
    staff: str
    courier: str | None = None
    verdict: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Flagged:
    """A flag was set, with a note of that kind."""

    at: datetime
    flag: str
    previous: str | None
    note_kind: str
    staff: str


@dataclass(frozen=True, slots=True)
class Urged:
    """The warehouse is to take the order first."""

    at: datetime
    staff: str
    reason: str


@dataclass(frozen=True, slots=True)
class Suspected:
    """The order is held for fraud."""

    at: datetime
    staff: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trusted:
    """The suspicion of `held_at` was unfounded."""

    at: datetime
    staff: str
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel left."""

    at: datetime
    shipment: Shipment


@dataclass(frozen=True, slots=True)
class Delivered:
    """The buyer has the goods."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Completed:
    """The trade is complete."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The order will not be fulfilled."""

    at: datetime
    was_paid: bool


@dataclass(frozen=True, slots=True)
class RefundMoved:
    """A refund reached a status; sums and times are as of then."""

    at: datetime
    refund: Refund
    status: RefundStatus
    refunded_minor: int
    paid_at: datetime | None


Fact = (
    Placed
    | Amended
    | Redirected
    | Attributed
    | Paid
    | Corrected
    | Stepped
    | Flagged
    | Urged
    | Suspected
    | Trusted
    | Shipped
    | Delivered
    | Completed
    | Cancelled
    | RefundMoved
)

Row = TypeVar("Row", Payment, Shipment, Refund)

_RANK = {
    Placed: 0,
    Amended: 1,
    Redirected: 1,
    Attributed: 1,
    Paid: 2,
    Corrected: 3,
    Stepped: 4,
    Flagged: 4,
    Urged: 4,
    Suspected: 4,
    Trusted: 4,
    Shipped: 5,
    Delivered: 6,
    Completed: 7,
    RefundMoved: 8,
    Cancelled: 9,
}


class Changes:
    """An order being changed: its new state, what happened, and which rows to write.

    `is_told` says that a source states it, `is_history` that it states what was long ago.
    """

    def __init__(
        self, order: Order, *, is_new: bool, is_told: bool = False, is_history: bool = False
    ) -> None:
        self.order = order
        self.is_new = is_new
        self.is_told = is_told
        self.is_history = is_history
        self.has_new_work = False
        self.has_new_lines = is_new
        self.has_new_details = is_new
        self.payments: dict[str, Payment] = {}
        self.shipments: dict[str, Shipment] = {}
        self.refunds: dict[str, Refund] = {}
        self.notes: list[Note] = []
        self._stated: list[tuple[datetime, Fact]] = []
        self._earliest: datetime | None = None
        self.paid_after: datetime | None = None

    def allow(self, verb: str, *also: Condition, pointer: str | None = None) -> Status:
        """Return what the order becomes by this move; raises `IllegalMoveError` if it may not."""
        met = (
            (Condition.COD, self.order.kind == COD),
            (Condition.HISTORY, self.is_history),
            (Condition.SOURCE, self.is_told),
        )
        conditions = [*also, *(condition for condition, is_met in met if is_met)]
        return find_move(verb, self.order.status, conditions, pointer=pointer).target

    def state(self, fact: Fact) -> None:
        """Add a fact to the chain: none comes before one it rests on, whatever its time says."""
        self._earliest = self.state_beside(fact, after=self._earliest)
        if isinstance(fact, Paid) and self.paid_after is None:
            self.paid_after = self._earliest

    def state_beside(self, fact: Fact, *, after: datetime | None) -> datetime:
        """Add a fact on which the chain does not rest; return its place in time."""
        at = fact.at if after is None else max(fact.at, after)
        self._stated.append((at, fact))
        return at

    @property
    def facts(self) -> list[Fact]:
        """What happened, in order of time."""
        if len(self._stated) > 1:
            self._stated.sort(key=lambda entry: (entry[0], _RANK[type(entry[1])]))
        return [fact for _, fact in self._stated]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is to be written."""
        return not (
            self._stated
            or self.has_new_details
            or self.notes
            or self.payments
            or self.shipments
            or self.refunds
        )

    def put_payment(self, payment: Payment) -> None:
        """Add a payment or replace the one of its external_id."""
        _put(self.order.payments, payment)
        self.payments[payment.external_id] = payment

    def put_shipment(self, shipment: Shipment) -> None:
        """Add a parcel or replace the one of its external_id."""
        _put(self.order.shipments, shipment)
        self.shipments[shipment.external_id] = shipment

    def put_refund(self, refund: Refund) -> None:
        """Add a refund or replace the one of its external_id."""
        _put(self.order.refunds, refund)
        self.refunds[refund.external_id] = refund


def _put(rows: list[Row], row: Row) -> None:
    for place, other in enumerate(rows):
        if other.external_id == row.external_id:
            rows[place] = row
            return
    rows.append(row)
