"""What an importer makes of a file: orders to send, and rows that it must reject itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_PLAIN_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,6})?")
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)


class SourceError(Exception):
    """The file cannot be imported at all; the message is one line for the person who asked."""


class RowError(ValueError):
    """A row cannot be imported; the message says what is wrong with which column."""


@dataclass(frozen=True, slots=True)
class Store:
    """The store that a file belongs to: times without a zone are its local time."""

    store_id: str
    timezone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as the API takes it, and the line of the file where it begins (the header is 1)."""

    line: int
    external_id: str
    order: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was not taken, by the importer or by the API, and why."""

    line: int
    external_id: str
    reasons: tuple[str, ...]


def text_of(cell: str) -> str:
    """Return the text of a cell without blanks around it and without Excel's `="…"`."""
    stripped = cell.strip()
    wrapped = _EXCEL_TEXT.fullmatch(stripped)
    return wrapped[1].strip() if wrapped else stripped


def amount_of(cell: str, column: str) -> Decimal:
    """Return a plain amount, zero or more; raises RowError."""
    if not _PLAIN_AMOUNT.fullmatch(cell):
        raise RowError(f"{column}: {cell!r} is no amount" if cell else f"{column} is empty")
    return Decimal(cell)


def instant_of(cell: str, column: str, formats: Sequence[str], zone: ZoneInfo) -> str:
    """Return a time as RFC 3339 in UTC; raises RowError.

    Without an offset it is local time in `zone`: one that happens twice is taken the first time, a
    skipped one by the clock before the change.
    """
    moment = _parsed(cell, column, formats)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def demand_sound_text(cells: Sequence[str], encoding: str) -> None:
    """Raise RowError if bytes of the row were not of the file's encoding."""
    for cell in cells:
        try:
            cell.encode()
        except UnicodeEncodeError:
            raise RowError(f"holds bytes that are not {encoding}") from None


def _parsed(cell: str, column: str, formats: Sequence[str]) -> datetime:
    try:
        return datetime.fromisoformat(cell)  # far quicker than a template
    except ValueError:
        pass
    for template in formats:
        try:
            return datetime.strptime(cell, template)  # noqa: DTZ007 - the zone follows
        except ValueError:
            continue
    raise RowError(f"{column}: {cell!r} is no time")
