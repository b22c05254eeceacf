"""Stock set aside for an order, for an exchange, or for a checkout that is no order yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.inventory.domain.goods import Component

PLACED = "placed"
PAID = "paid"


class Status(StrEnum):
    """How far a reservation has come.

    held: until it is paid or expires. confirmed: it expires no more. rejected: nothing is set
    aside, for want of stock. released: nothing is any more. issued: all of it left.
    """

    HELD = "held"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    RELEASED = "released"
    ISSUED = "issued"


OPEN = frozenset({Status.HELD, Status.CONFIRMED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Pieces of a SKU that a line asks for."""

    line_no: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Short:
    """A line that cannot be served: `available` is what could be of it."""

    line_no: int
    sku: str
    wanted: int
    available: int


@dataclass(slots=True)
class Part:
    """Pieces of a SKU in a warehouse: `open` are set aside still, `issued` left."""

    warehouse_id: str
    sku: str
    open: int
    issued: int = 0


@dataclass(slots=True)
class HeldLine:
    """What is set aside of a line; `recipe` is what one piece of it takes off the shelf.

    `is_aside` says that it came out of what is set aside for the store.
    """

    line_no: int
    sku: str
    quantity: int
    recipe: tuple[Component, ...]
    parts: list[Part]
    is_aside: bool = False

    @property
    def issued(self) -> int:
        """Whole pieces of the line that left."""
        left: dict[str, int] = {}
        for part in self.parts:
            left[part.sku] = left.get(part.sku, 0) + part.issued
        return min(left.get(each.sku, 0) // each.quantity for each in self.recipe)


@dataclass(slots=True, kw_only=True)
class Reservation:
    """All that is set aside for one order, one exchange, or one checkout: all of it or nothing.

    `wanted` is what was asked for, of goods that are kept here. `refunds` are those that were
    heard of. A checkout's `external_id` names the order to come.
    """

    reservation_id: str
    store_id: str
    order_id: str | None = None
    case_id: str | None = None
    external_id: str | None = None
    status: Status = Status.REJECTED
    reserve_on: str = PLACED
    wanted: list[Wanted] = field(default_factory=list)
    lines: list[HeldLine] = field(default_factory=list)
    short: list[Short] = field(default_factory=list)
    reason: str | None = None
    expires_at: datetime | None = None
    refunds: list[str] = field(default_factory=list)
    is_paid: bool = False
    version: int = 0

    def line(self, line_no: int) -> HeldLine | None:
        """Return what is set aside of a line: the one of which something is, where it has two."""
        same = [line for line in self.lines if line.line_no == line_no]
        still = [line for line in same if any(part.open for part in line.parts)]
        return next(iter(still or same), None)

    def issued_of(self, wanted: Wanted) -> int:
        """Return how many pieces of a line left."""
        return sum(
            line.issued
            for line in self.lines
            if (line.line_no, line.sku) == (wanted.line_no, wanted.sku)
        )

    @property
    def has_open(self) -> bool:
        """Whether anything is set aside still."""
        return any(part.open for line in self.lines for part in line.parts)

    @property
    def has_issued(self) -> bool:
        """Whether anything left."""
        return any(part.issued for line in self.lines for part in line.parts)


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a checkout wants set aside, until `expires_at` or as long as the store's setting says.

    `external_id` names the order to come; it makes a repeated request harmless.
    """

    store_id: str
    external_id: str
    wanted: Sequence[Wanted]
    expires_at: datetime | None = None
    is_campaign: bool = False


class FactKind(StrEnum):
    """What may happen to a reservation."""

    RESERVED = "reserved"
    REJECTED = "rejected"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class Piece:
    """Pieces of a SKU in a warehouse for a line, and what they cost."""

    line_no: int
    sku: str
    warehouse_id: str
    quantity: int
    cost_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to a reservation, or goods of an order that left."""

    kind: FactKind
    at: datetime
    store_id: str
    reservation_id: str | None
    order_id: str | None
    case_id: str | None = None
    lines: Sequence[Piece] = ()
    short: Sequence[Short] = ()
    reason: str = ""
    reserve_on: str = PLACED
    expires_at: datetime | None = None
    is_whole: bool = True
    shipment_id: str = ""
    waybill: str = ""


def open_pieces(lines: Iterable[HeldLine]) -> list[Piece]:
    """Return what is set aside still of lines."""
    return [
        Piece(line.line_no, part.sku, part.warehouse_id, part.open)
        for line in lines
        for part in line.parts
        if part.open
    ]
