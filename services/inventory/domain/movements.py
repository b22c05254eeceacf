"""Movements: what a warehouse tells, and the rows of the ledger that it becomes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.inventory.domain.levels import Bucket, Key
from services.inventory.domain.refusals import MovementInvalidError


class Kind(StrEnum):
    """Kinds of rows of the ledger."""

    RECEIVE = "receive"
    ISSUE = "issue"
    ADJUST = "adjust"
    RETURN = "return"
    QUARANTINE = "quarantine"
    EXCHANGE_OUT = "exchange_out"
    EXCHANGE_IN = "exchange_in"
    TRANSFER = "transfer"
    STOCKTAKE = "stocktake"
    RESERVE = "reserve"
    RELEASE = "release"


class Told(StrEnum):
    """Kinds of movements that a source may tell."""

    RECEIVE = "receive"
    ISSUE = "issue"
    ADJUST = "adjust"
    RETURN = "return"
    QUARANTINE = "quarantine"
    EXCHANGE_OUT = "exchange_out"
    EXCHANGE_IN = "exchange_in"
    TRANSFER = "transfer"
    TRANSFER_ARRIVAL = "transfer_arrival"
    STOCKTAKE = "stocktake"
    CORRECTION = "correction"


SIGNED = frozenset({Told.ADJUST, Told.QUARANTINE, Told.STOCKTAKE})
"""Kinds whose quantity may be below zero: differences, and what leaves quarantine again."""

NAMED = frozenset({Told.ISSUE})
"""Kinds that need a reference: what leaves carries its waybill number (I-R11)."""

REASONED = frozenset({Told.ADJUST, Told.CORRECTION})
"""Kinds that need a reason."""

IN_BUCKETS = frozenset(
    {Told.RECEIVE, Told.ADJUST, Told.RETURN, Told.EXCHANGE_OUT, Told.EXCHANGE_IN, Told.STOCKTAKE}
)
"""Kinds that may concern quarantine as well as what is on hand."""

_DIRECTION = {
    Told.RECEIVE: 1,
    Told.ISSUE: -1,
    Told.ADJUST: 1,
    Told.RETURN: 1,
    Told.EXCHANGE_OUT: -1,
    Told.EXCHANGE_IN: 1,
    Told.STOCKTAKE: 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What all rows of one movement share: who told it, when it happened, what it belongs to.

    `source` and `external_id` are its natural key; without one it is known by its rows only.
    """

    occurred_at: datetime
    caller: str
    source: str | None = None
    external_id: str | None = None
    reference: str | None = None
    reason: str | None = None
    store_id: str | None = None
    order_id: str | None = None
    reservation_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Entry:
    """A row of the ledger, signed; never changed once it is written.

    `cost_minor` is what all its pieces cost, `corrects` the row that it takes back, `movement_id`
    what it was given when it was written. A forced one is a fact that no level can refuse.
    """

    kind: Kind
    bucket: Bucket
    key: Key
    quantity: int
    origin: Origin
    leg: int = 0
    cost_minor: int | None = None
    corrects: int | None = None
    is_forced: bool = False
    movement_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A movement as it is told: `quantity` in pieces, `bucket` where its kind leaves a choice.

    `to_warehouse_id` is where a transfer goes, `corrects` the row that a correction takes back.
    """

    kind: Told
    key: Key
    quantity: int
    origin: Origin
    bucket: Bucket | None = None
    to_warehouse_id: str | None = None
    cost_minor: int | None = None
    corrects: int | None = None


def check_movement(movement: Movement) -> None:
    """Refuse what no state of stock could make right; raises `MovementInvalidError`."""
    kind, origin = movement.kind, movement.origin
    for is_wrong, pointer, detail in (
        (kind is not Told.CORRECTION and movement.quantity == 0, "/quantity", "Nothing moves."),
        (
            movement.quantity < 0 and kind not in SIGNED,
            "/quantity",
            f"The quantity of {kind} is above zero; its kind says which way it goes.",
        ),
        (
            kind in NAMED and not origin.reference,
            "/reference",
            "What leaves carries its waybill number.",
        ),
        (kind in REASONED and not origin.reason, "/reason", f"A reason belongs to {kind}."),
        (
            movement.bucket is not None and kind not in IN_BUCKETS,
            "/bucket",
            f"The kind {kind} leaves no choice of bucket.",
        ),
        (
            (kind is Told.TRANSFER) != (movement.to_warehouse_id is not None),
            "/to_warehouse_id",
            "A transfer, and nothing else, goes to a warehouse.",
        ),
        (
            kind is Told.TRANSFER and movement.to_warehouse_id == movement.key.warehouse_id,
            "/to_warehouse_id",
            "A transfer goes to another warehouse.",
        ),
        (
            (kind is Told.CORRECTION) != (movement.corrects is not None),
            "/corrects",
            "A correction, and nothing else, names what it corrects.",
        ),
    ):
        if is_wrong:
            raise MovementInvalidError(detail, pointer=pointer)


def keys_of(movement: Movement) -> tuple[Key, ...]:
    """Return the levels that a movement changes, but for a correction."""
    if movement.to_warehouse_id is None:
        return (movement.key,)
    return (movement.key, Key(movement.to_warehouse_id, movement.key.sku))


def entries_of(movement: Movement) -> list[Entry]:
    """Return the rows of a movement that is no correction, what leaves before what arrives."""
    quantity, key = movement.quantity, movement.key
    if movement.kind is Told.QUARANTINE:
        return _legs(
            movement,
            Kind.QUARANTINE,
            (key, Bucket.ON_HAND, -quantity),
            (key, Bucket.QUARANTINE, quantity),
        )
    if movement.kind is Told.TRANSFER:
        return _legs(
            movement,
            Kind.TRANSFER,
            (key, Bucket.ON_HAND, -quantity),
            (keys_of(movement)[1], Bucket.IN_TRANSIT, quantity),
        )
    if movement.kind is Told.TRANSFER_ARRIVAL:
        return _legs(
            movement,
            Kind.TRANSFER,
            (key, Bucket.IN_TRANSIT, -quantity),
            (key, Bucket.ON_HAND, quantity),
        )
    bucket = movement.bucket or Bucket.ON_HAND
    return _legs(
        movement, Kind(movement.kind.value), (key, bucket, quantity * _DIRECTION[movement.kind])
    )


def _legs(movement: Movement, kind: Kind, *legs: tuple[Key, Bucket, int]) -> list[Entry]:
    return [
        Entry(
            kind=kind,
            bucket=bucket,
            key=key,
            quantity=quantity,
            origin=movement.origin,
            leg=leg,
            cost_minor=movement.cost_minor,
        )
        for leg, (key, bucket, quantity) in enumerate(legs)
    ]


def reversal_of(entry: Entry, origin: Origin, leg: int) -> Entry:
    """Return the row that takes another back: of its kind, of the opposite sign, naming it."""
    return Entry(
        kind=entry.kind,
        bucket=entry.bucket,
        key=entry.key,
        quantity=-entry.quantity,
        origin=origin,
        leg=leg,
        cost_minor=entry.cost_minor,
        corrects=entry.movement_id,
    )
