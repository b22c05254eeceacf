"""The story of a SKU in a warehouse: each row, what was left after it, what went wrong first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.inventory.domain.levels import Level
from services.inventory.domain.movements import Entry

LATE = timedelta(minutes=5)
"""So long after it happened a row is entered late: others decided without it."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A row of the ledger with the level after it, in the order rows were entered.

    `free` below zero is oversold. `is_first_oversold` marks the row that made it so. `is_late`:
    it had happened long before it was entered.
    """

    entry: Entry
    booked_at: datetime
    on_hand: int
    reserved: int
    quarantine: int
    in_transit: int
    is_first_oversold: bool

    @property
    def free(self) -> int:
        """What was promised to nobody."""
        return self.on_hand - self.reserved

    @property
    def lag(self) -> timedelta:
        """How long after it happened it was entered."""
        return self.booked_at - self.entry.origin.occurred_at

    @property
    def is_late(self) -> bool:
        """Whether it was entered long after it happened."""
        return self.lag > LATE


def tell(rows: Iterable[tuple[Entry, datetime]], before: Level) -> list[Chapter]:
    """Return the chapters of rows of one level, from the level before the first of them."""
    level = before
    chapters = []
    for entry, booked_at in rows:
        free = level.free
        level.add(entry.bucket, entry.quantity)
        chapters.append(
            Chapter(
                entry,
                booked_at,
                on_hand=level.on_hand,
                reserved=level.reserved,
                quarantine=level.quarantine,
                in_transit=level.in_transit,
                is_first_oversold=level.free < 0 <= free,
            )
        )
    return chapters


def culprit(chapters: Sequence[Chapter]) -> Chapter | None:
    """Return the first row that made the level oversold, None where it never was."""
    return next((each for each in chapters if each.is_first_oversold), None)
