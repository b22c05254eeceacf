"""The rows of a CSV file or an XLSX sheet as texts by column name."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from shopfleet.importers.drafts import (
    Rejection,
    RowError,
    SourceError,
    demand_sound_text,
    text_of,
)
from shopfleet.importers.mapping import TableMapping
from shopfleet.importers.source import CANDIDATES, Source

EXACT_LIMIT = 2.0**53  # whole numbers above it are not exact in a spreadsheet

Cell = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the line of the file it begins at, its order, and its cells by column name."""

    line: int
    external_id: str
    cells: Mapping[str, str]


def read_table_rows(
    source: Source, path: Path, mapping: TableMapping
) -> Iterator[TableRow | Rejection]:
    """Yield every row that is not blank, or why it cannot be read; raises SourceError."""
    yield from _read_sheet(path, mapping) if source.is_workbook else _read_csv(source, mapping)


def _read_csv(source: Source, mapping: TableMapping) -> Iterator[TableRow | Rejection]:
    number = mapping.columns["order"]["external_id"]
    told = mapping.options.get("encoding")
    encoding, _ = source.header(mapping.wanted, (told,) if told else CANDIDATES)
    state = _Reading()
    lines = (f"{line.text(encoding)}\n" for line in source.lines() if state.take(line.is_cut))
    reader = csv.reader(lines, delimiter=mapping.options.get("delimiter", ","), strict=True)
    names = _names_of(next(reader, []), mapping, source.name)
    while True:
        begin = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield Rejection(begin, "", (f"lines {begin} to {reader.line_num}: {error}",))
            continue
        if any(cell.strip() for cell in cells):
            yield _row(begin, names, cells, number=number, encoding=encoding)
    if source.damage:
        told = f"nothing after line {state.whole_lines} could be read: {source.damage}"
        yield Rejection(state.whole_lines + 1, "", (told,))


@dataclass(slots=True)
class _Reading:
    """How many whole lines went by."""

    whole_lines: int = 0

    def take(self, is_cut: bool) -> bool:  # noqa: FBT001 - one question, one answer
        """Count a line, and say whether it may be read: not if the file broke off inside it."""
        self.whole_lines += not is_cut
        return not is_cut


def _read_sheet(path: Path, mapping: TableMapping) -> Iterator[TableRow | Rejection]:
    try:
        book = CalamineWorkbook.from_path(path)
        wanted = mapping.options.get("sheet")
        sheet = book.get_sheet_by_name(wanted) if wanted else book.get_sheet_by_index(0)
        rows = sheet.iter_rows()
    except (CalamineError, OSError) as error:
        raise SourceError(f"{path}: {error}") from error
    number = mapping.columns["order"]["external_id"]
    names = _names_of([str(cell) for cell in next(rows, [])], mapping, str(path))
    for line, cells in enumerate(rows, start=2):
        if any(cell != "" for cell in cells):
            try:
                texts = [_text_of_cell(cell) for cell in cells]
            except RowError as error:
                yield Rejection(line, "", (str(error),))
                continue
            yield _row(line, names, texts, number=number, encoding="UTF-8")


def _text_of_cell(cell: Cell) -> str:
    if isinstance(cell, float):
        if abs(cell) >= EXACT_LIMIT:
            raise RowError(f"{cell:.0f} lost digits in the sheet: format its column as text")
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def _row(
    line: int, names: Sequence[str], cells: Sequence[str], *, number: str, encoding: str
) -> TableRow | Rejection:
    texts = dict(zip(names, map(text_of, cells), strict=False))
    external_id = texts.get(number, "").encode(errors="ignore").decode()
    if len(cells) != len(names):
        told = f"has {len(cells)} cells, the header has {len(names)}"
        return Rejection(line, external_id, (told,))
    if not external_id:
        return Rejection(line, "", (f"{number} is empty",))
    try:
        demand_sound_text(cells, encoding.upper())
    except RowError as error:
        return Rejection(line, external_id, (str(error),))
    return TableRow(line, external_id, texts)


def _names_of(header: Sequence[str], mapping: TableMapping, name: str) -> list[str]:
    names = [text_of(cell) for cell in header]
    missing = [column for column in mapping.wanted if column not in names]
    if missing:
        raise SourceError(f"{name}: there is no column {', '.join(missing)}")
    doubled = sorted({column for column in mapping.wanted if names.count(column) > 1})
    if doubled:
        raise SourceError(f"{name}: there are two columns {', '.join(doubled)}")
    return names
