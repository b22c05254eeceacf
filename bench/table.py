"""The table that a run prints, and whether it holds its floors."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("what", "shopfleet", "beside it", "figure", "wanted", "floor", "")


@dataclass(frozen=True)
class Line:
    """One figure: above its floor it passes; `is_ceiling` turns both limits round."""

    what: str
    ours: str
    beside: str
    figure: float
    wanted: float
    floor: float
    unit: str = ""
    is_ceiling: bool = False

    @property
    def has_failed(self) -> bool:
        return self.figure > self.floor if self.is_ceiling else self.figure < self.floor

    @property
    def _is_wanted(self) -> bool:
        return self.figure <= self.wanted if self.is_ceiling else self.figure >= self.wanted

    def cells(self) -> tuple[str, ...]:
        """The line as it is printed."""
        sign = "<= " if self.is_ceiling else ">= "
        verdict = "FAILED" if self.has_failed else "good" if self._is_wanted else "below wanted"
        return (
            self.what,
            self.ours,
            self.beside,
            self._number(self.figure),
            sign + self._number(self.wanted),
            sign + self._number(self.floor),
            verdict,
        )

    def _number(self, value: float) -> str:
        return f"{value:,.0f} {self.unit}" if self.unit else f"{value:.3f}"


def print_table(lines: Sequence[Line]) -> None:
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    for row in rows:
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip(), flush=True)
