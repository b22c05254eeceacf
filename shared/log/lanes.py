"""A lane: what the relay knows of one partition."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.kafka.ports import Stored
from shared.log.wire import NumberedRow

MAX_QUEUED = 2_000  # rows held in memory per partition; the rest is read again from the database


class Mark(NamedTuple):
    """The end of the unbroken run of acknowledged records, and its offset; -1 if not told."""

    partition: int
    sequence: int
    offset: int


@dataclass(slots=True)
class Lane:
    """Numbered up to `last`, acknowledged up to `mark`, trimmed up to `trimmed`.

    `queue` holds the rows that follow the mark, without a hole; it may be shorter than what is
    to be sent, or empty.
    """

    partition: int
    last: int
    mark: int
    offset: int
    trimmed: int = 0
    queue: deque[NumberedRow] = field(default_factory=deque)
    is_saved: bool = True

    def push(self, row: NumberedRow) -> None:
        """Queue a row if it is the next and there is room."""
        self.last = max(self.last, row.sequence)
        is_next = row.sequence == self.mark + len(self.queue) + 1
        if is_next and len(self.queue) < MAX_QUEUED:
            self.queue.append(row)

    def acknowledge(self, stored: Stored) -> None:
        """Move the mark over records that are stored."""
        for _ in range(stored.count):
            self.queue.popleft()
        self.mark += stored.count
        self.offset = stored.offset + stored.count - 1 if stored.offset >= 0 else -1
        self.is_saved = False

    def contradicts(self, stored: Stored) -> bool:
        """Say whether an acknowledgement proves that earlier records are gone."""
        return 0 <= stored.offset <= self.offset

    def rewind(self, sequence: int) -> None:
        """Send again from the row after `sequence`, which is not after the mark."""
        self.mark = sequence
        self.offset = -1
        self.queue.clear()
        self.is_saved = False

    def to_save(self) -> Mark:
        """Return the mark as it is to be written."""
        return Mark(self.partition, self.mark, self.offset)
