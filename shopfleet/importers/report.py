"""The report of an import: every rejected row with its reasons, as CSV."""

import csv
from collections.abc import Iterable
from pathlib import Path

from shopfleet.importers.drafts import Rejection

COLUMNS = ("line", "external_id", "reasons")
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


def write_report(path: Path, rejections: Iterable[Rejection]) -> None:
    """Write the rejected rows, with a byte order mark because Excel needs it; raises OSError."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rejections:
            # bytes that were no text come out as they went in, escaped
            reasons = "; ".join(row.reasons).encode(errors="backslashreplace").decode()
            writer.writerow([row.line, _harmless(row.external_id), _harmless(reasons)])


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking a cell of a foreign file for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_BEGINNINGS) else cell
