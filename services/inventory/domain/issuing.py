"""Goods leave: what is set aside for them goes with them, and what is not is taken all the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.inventory.domain.desk import Desk
from services.inventory.domain.goods import parts_of
from services.inventory.domain.holding import AMENDED, release
from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.movements import Entry, Kind, Origin
from services.inventory.domain.reservations import (
    Fact,
    FactKind,
    HeldLine,
    Part,
    Piece,
    Reservation,
    Status,
    Wanted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A parcel that left; `warehouse_id` None leaves to the reservation where from.

    Nothing more of the order is to be sent if it is complete.
    """

    store_id: str
    order_id: str
    at: datetime
    shipment_id: str
    waybill: str
    lines: Sequence[Wanted]
    warehouse_id: str | None = None
    is_complete: bool = False
    case_id: str | None = None


def issue(desk: Desk, sent: Sent) -> None:
    """Take what left off the books, with its waybill number (I-R11).

    It is a fact: goods that nobody set aside are taken too, and where they were promised to others
    more is promised than there is from then on.
    """
    found = desk.of_order(sent.order_id, sent.case_id)
    pieces: list[Piece] = []
    for line in desk.tracked(sent.lines):
        pieces += _Leaving(desk, sent, found, line).take()
    if found is not None:
        desk.touch(found)
        if sent.is_complete and found.has_open:
            release(desk, found, sent.at, AMENDED)
        if found.has_issued and not found.has_open:
            found.status, found.expires_at = Status.ISSUED, None
    if pieces:
        desk.facts.append(
            Fact(
                kind=FactKind.ISSUED,
                at=sent.at,
                store_id=sent.store_id,
                reservation_id=None if found is None else found.reservation_id,
                order_id=sent.order_id,
                case_id=sent.case_id,
                lines=pieces,
                shipment_id=sent.shipment_id,
                waybill=sent.waybill,
            )
        )


class _Leaving:
    """One line of a parcel on its way out."""

    def __init__(self, desk: Desk, sent: Sent, found: Reservation | None, line: Wanted) -> None:
        self._desk, self._sent, self._line = desk, sent, line
        self._held = None if found is None else found.line(line.line_no)
        self._origin = Origin(
            occurred_at=sent.at,
            caller="inventory",
            reference=sent.waybill,
            store_id=sent.store_id,
            order_id=sent.order_id,
            reservation_id=None if found is None else found.reservation_id,
        )

    def take(self) -> list[Piece]:
        """Take the line off the books; return from where."""
        pieces: list[Piece] = []
        held = self._held
        if held is not None and held.sku != self._line.sku:  # another model was sent
            self._let_go(held)
            held = None
        recipe = parts_of(self._desk.skus[self._line.sku]) if held is None else held.recipe
        for component in recipe:
            rest = component.quantity * self._line.quantity
            for part in [] if held is None else held.parts:
                if part.sku == component.sku and part.open and rest:
                    rest -= self._take_part(part, min(part.open, rest), pieces)
            if rest:
                key = self._anywhere(component.sku, rest)
                self._leave(key, rest, pieces)
        return pieces

    def _take_part(self, part: Part, taken: int, pieces: list[Piece]) -> int:
        """Take promised pieces, from elsewhere if the parcel says so; the promise is kept."""
        part.open -= taken
        part.issued += taken
        promised = Key(part.warehouse_id, part.sku)
        self._put(promised, Bucket.RESERVED, -taken)
        self._leave(self._told(part.sku) or promised, taken, pieces)
        return taken

    def _let_go(self, held: HeldLine) -> None:
        rest = self._line.quantity
        for component in held.recipe:
            wanted = component.quantity * rest
            for part in held.parts:
                taken = min(part.open, wanted) if part.sku == component.sku else 0
                if taken:
                    part.open -= taken
                    wanted -= taken
                    self._put(Key(part.warehouse_id, part.sku), Bucket.RESERVED, -taken)

    def _leave(self, key: Key, quantity: int, pieces: list[Piece]) -> None:
        entry = self._put(key, Bucket.ON_HAND, -quantity)
        pieces.append(
            Piece(self._line.line_no, key.sku, key.warehouse_id, quantity, entry.cost_minor)
        )

    def _put(self, key: Key, bucket: Bucket, quantity: int) -> Entry:
        entry = Entry(
            kind=Kind.ISSUE,
            bucket=bucket,
            key=key,
            quantity=quantity,
            origin=self._origin,
            is_forced=True,
        )
        self._desk.shelf.put([entry])
        return entry

    def _told(self, sku: str) -> Key | None:
        """Return where the parcel says it left from, if that is a warehouse of ours."""
        key = Key(self._sent.warehouse_id or "", sku)
        return key if key in self._desk.shelf.levels else None

    def _anywhere(self, sku: str, quantity: int) -> Key:
        """Return where unpromised pieces leave from: as told, where there are enough, or first."""
        told = self._told(sku)
        if told is not None:
            return told
        keys = [Key(each.warehouse_id, sku) for each in self._desk.serving[self._sent.store_id]]
        enough = [key for key in keys if self._desk.shelf.available(key) >= quantity]
        known = [key for key in keys if key in self._desk.shelf.levels]
        return (enough or known)[0]
