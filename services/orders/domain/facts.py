"""What happened to an order in one change: facts with all that an event must repeat."""

from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.moves import RefundStatus, Status
from services.orders.domain.parts import Chase, Line, Payment, Refund, Shipment


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
    staff: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Redirected:
    """The goods are to go elsewhere or otherwise; `changes` names what."""

    at: datetime
    changes: tuple[str, ...]
    previous_province: str | None
    is_paid: bool
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class GoodsChanged:
    """Other models are to be sent of what is paid, at the same price."""

    at: datetime
    previous_lines: tuple[Line, ...]
    staff: str | None


@dataclass(frozen=True, slots=True)
class Attributed:
    """The sale belongs to another agent, as `rule` says: source or chaser."""

    at: datetime
    previous_agent: str | None
    rule: str = "source"


@dataclass(frozen=True, slots=True)
class ChaseWon:
    """A chased buyer paid."""

    at: datetime
    chase: Chase


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

    `previous_at` is when it had come to `previous`. `verdict` and `reason` are an audit's,
    `waybills` those of the parcels that were printed with one, `waived_before_minor` the freight
    that an earlier verification found the shop to bear.
    """

    at: datetime
    step: Status
    previous: Status
    previous_at: datetime
    staff: str
    courier: str | None = None
    verdict: str = ""
    reason: str = ""
    waived_before_minor: int = 0
    waybills: tuple[str, ...] = ()


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
class Tracked:
    """A parcel's courier reported another state; the parcel is as of then."""

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
class Archived:
    """The papers are filed and nothing is open any more."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RefundMoved:
    """A refund reached a status; sums and times are as of then."""

    at: datetime
    refund: Refund
    status: RefundStatus
    refunded_minor: int
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefundUrged:
    """Finance is to pay a refund first."""

    at: datetime
    refund: Refund


Fact = (
    Placed
    | Amended
    | Redirected
    | GoodsChanged
    | Attributed
    | ChaseWon
    | Paid
    | Corrected
    | Stepped
    | Flagged
    | Urged
    | Suspected
    | Trusted
    | Shipped
    | Tracked
    | Delivered
    | Completed
    | Cancelled
    | RefundMoved
    | RefundUrged
    | Archived
)


RANK = {
    Placed: 0,
    Amended: 1,
    Redirected: 1,
    GoodsChanged: 4,
    ChaseWon: 3,
    Attributed: 1,
    Paid: 2,
    Corrected: 3,
    Stepped: 4,
    Flagged: 4,
    Urged: 4,
    Suspected: 4,
    Trusted: 4,
    Shipped: 5,
    Tracked: 5,
    Delivered: 6,
    Completed: 7,
    RefundMoved: 8,
    RefundUrged: 8,
    Cancelled: 9,
    Archived: 10,
}
