"""An order being changed: its new state, what happened to it, and which rows are to be written."""

from datetime import datetime
from typing import TypeVar

from services.orders.domain.facts import RANK, Fact, Paid
from services.orders.domain.moves import Condition, Status, find_move
from services.orders.domain.order import COD, Order
from services.orders.domain.parts import Note, Payment, PriceChange, Refund, Shipment

Row = TypeVar("Row", Payment, Shipment, Refund)


class Changes:
    """An order being changed: its new state, what happened, and which rows to write.

    `is_told` says that a source states it, `is_history` that it states what was long ago.
    `tolerance_minor` is by how much payments may miss what the order costs.
    """

    def __init__(
        self,
        order: Order,
        *,
        is_new: bool,
        is_told: bool = False,
        is_history: bool = False,
        tolerance_minor: int = 0,
    ) -> None:
        self.order = order
        self.is_new = is_new
        self.is_told = is_told
        self.is_history = is_history
        self.tolerance_minor = tolerance_minor
        self.has_new_work = False
        self.has_new_lines = is_new
        self.has_new_details = is_new
        self.payments: dict[str, Payment] = {}
        self.shipments: dict[str, Shipment] = {}
        self.refunds: dict[str, Refund] = {}
        self.notes: list[Note] = []
        self.price_changes: list[PriceChange] = []
        self.supersedes_prices = False
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
            self._stated.sort(key=lambda entry: (entry[0], RANK[type(entry[1])]))
        return [fact for _, fact in self._stated]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is to be written."""
        return not (
            self._stated
            or self.has_new_details
            or self.has_new_work
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
