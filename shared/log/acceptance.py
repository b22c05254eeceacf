"""Acceptance: does a record take effect? One function for what Kafka and the feed bring."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.kafka.ports import Arrival
from shared.log.wire import LOG_ID, SEQUENCE, TYPE

_NAMES = (LOG_ID, SEQUENCE, TYPE)


class OwnerPart(NamedTuple):
    """One partition of an owner's log."""

    owner: str
    partition: int


@dataclass(slots=True)
class Position:
    """How far a reader is: `next_offset` is a hint, and any value of it must be safe."""

    log_id: bytes
    next_sequence: int = 1
    next_offset: int = 0


class Taken(NamedTuple):
    """An accepted event of a wanted type, not decoded yet."""

    part: OwnerPart
    sequence: int
    type: bytes
    key: bytes
    wire: bytes


@dataclass(slots=True)
class Intake:
    """What became of the records of one partition; `gap` is sequence and offset of the first."""

    before: Position
    next_sequence: int
    next_offset: int
    taken: list[Taken] = field(default_factory=list)
    repeated: int = 0
    gaps: int = 0
    foreign: int = 0
    unknown: int = 0
    gap: tuple[int, int] | None = None

    @property
    def accepted(self) -> int:
        """How many records were next in sequence."""
        return self.next_sequence - self.before.next_sequence

    @property
    def has_moved(self) -> bool:
        """Whether the position is another one after it."""
        return bool(self.accepted) or self.next_offset != self.before.next_offset

    @property
    def after(self) -> Position:
        """The position once the intake has taken effect."""
        return Position(self.before.log_id, self.next_sequence, self.next_offset)


class Interest(NamedTuple):
    """Wire names a reader wants, and all that are known; as bytes, as they stand in headers."""

    wanted: Container[bytes]
    known: Container[bytes]


def accept(
    part: OwnerPart, position: Position, records: Iterable[Arrival], interest: Interest
) -> Intake:
    """Accept a record if and only if its log is the position's and its sequence is the next.

    A lower one is a repeat, a higher one follows a gap; both are dropped without decoding, as is
    a record without our headers. An unknown type is accepted and skipped. The position itself is
    not changed.
    """
    log_id, next_sequence = position.log_id, position.next_sequence
    wanted, known = interest
    intake = Intake(position, next_sequence, position.next_offset)
    take = intake.taken.append
    offset = position.next_offset - 1
    for record in records:
        offset = record.offset
        stamp = _read(record.headers, log_id)
        if stamp is None:
            intake.foreign += 1
            continue
        sequence, type_ = stamp
        if sequence == next_sequence:
            if type_ in wanted:
                take(Taken(part, next_sequence, type_, record.key or b"", record.value or b""))
            elif type_ not in known:
                intake.unknown += 1
            next_sequence += 1
        elif sequence < next_sequence:
            intake.repeated += 1
        else:
            intake.gaps += 1
            intake.gap = intake.gap or (sequence, offset)
    intake.next_sequence = next_sequence
    if offset >= 0:  # the feed's records have none
        intake.next_offset = offset + 1
    return intake


def _read(headers: Iterable[tuple[str, bytes]], log_id: bytes) -> tuple[int, bytes] | None:
    """Return sequence and type of a record of this log; plain, since it runs for every record."""
    try:
        (log_name, log), (sequence_name, sequence), (type_name, type_) = headers
        if log != log_id or (log_name, sequence_name, type_name) != _NAMES:
            return None
        return int(sequence), type_
    except ValueError:
        return None
