"""What stands on a page: texts and marks, nothing left to decide."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.reporting.board.formats import Amount


class Direction(StrEnum):
    """Where a figure went since yesterday; NONE where the two can't be compared."""

    UP = "up"
    DOWN = "down"
    FLAT = "flat"
    NONE = "none"


MARKS = {Direction.UP: "▲", Direction.DOWN: "▼", Direction.FLAT: "＝", Direction.NONE: ""}


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it is shown; `is_better` is None where nothing changed or can be said."""

    text: str
    direction: Direction
    is_better: bool | None = None

    @property
    def mark(self) -> str:
        """Return the sign that says up or down without a colour."""
        return MARKS[self.direction]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with its comparison.

    `value` goes on; `by_then` is what it was at the hour up to which it is compared with `was`.
    """

    metric: str
    title: str
    value: Amount
    by_then: str
    was: str
    change: Change


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart, as decimal strings; None where an hour of today is to come."""

    name: str
    points: tuple[str | None, ...]
    is_former: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines by hour of the day: one figure over its yesterday, or several; counts: no currency."""

    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    currency: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """What is summed: the stores of one currency."""

    currency: str
    stores: str
    tiles: tuple[Tile, ...]
    chart: Chart


@dataclass(frozen=True, slots=True)
class Row:
    """A store in the table; `sort` holds what its columns are sorted by."""

    store_id: str
    name: str
    detail: str
    cells: tuple[Amount, ...]
    change: Change
    sort: tuple[Decimal | str, ...]


@dataclass(frozen=True, slots=True)
class RankRow:
    """A row of a ranking; `share` is its part of the first one's amount, in per cent."""

    key: str
    name: str
    detail: str
    amount: str
    beside: str
    share: int


@dataclass(frozen=True, slots=True)
class Ranks:
    """A ranking: the head of its texts, and its rows."""

    name: str
    rows: tuple[RankRow, ...]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the figures are; `state` is complete, open, late or never.

    `compared` says up to when today is compared with yesterday.
    """

    text: str
    detail: str
    state: str
    compared: str


@dataclass(frozen=True, slots=True)
class View:
    """The page at one moment."""

    freshness: Freshness
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]
    rankings: tuple[Ranks, ...]
    is_quiet: bool
