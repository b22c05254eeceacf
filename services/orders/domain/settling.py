"""Settlements (货款): what a platform paid out, held against what its orders are expected to bring.

An order is expected to bring what was paid less what was refunded, once it is completed, and once
only: the settlement that brings it takes it off the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.orders.domain.refusals import DuplicateExternalIdError, SettlementInvalidError


class Finding(StrEnum):
    """What became of a line of a bill when it was held against the orders."""

    MATCHED = "matched"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    MISSING = "missing"
    SETTLED_BEFORE = "settled_before"


@dataclass(frozen=True, slots=True)
class BillRow:
    """What a bill says of one order, by its number at the source."""

    external_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What a platform paid out for a span of business days, both inclusive."""

    store_id: str
    external_id: str
    from_day: date
    to_day: date
    gross_minor: int
    fee_minor: int
    settled_minor: int
    rows: tuple[BillRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """What an order is expected to bring; `is_due` says that it was completed within the bill."""

    order_id: str
    external_id: str
    expected_minor: int
    settlement_id: str | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line of a bill, or an order that is missing in it."""

    external_id: str
    order_id: str | None
    finding: Finding
    billed_minor: int | None
    expected_minor: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A bill held against the orders: what they were expected to bring, and which it settles."""

    expected_minor: int
    is_matched: bool
    lines: tuple[FoundLine, ...]
    order_ids: tuple[str, ...]


def check_bill(bill: Bill) -> None:
    """Raise `SettlementInvalidError` or `DuplicateExternalIdError` if a bill contradicts itself."""
    if bill.to_day < bill.from_day:
        raise SettlementInvalidError("The last day is before the first.", pointer="/to_day")
    if bill.settled_minor != bill.gross_minor - bill.fee_minor:
        detail = "What arrived is not the gross amount less the fees."
        raise SettlementInvalidError(detail, pointer="/settled")
    seen: set[str] = set()
    for place, row in enumerate(bill.rows):
        if row.external_id in seen:
            pointer = f"/rows/{place}/external_id"
            raise DuplicateExternalIdError("The order is named twice.", pointer=pointer)
        seen.add(row.external_id)


def settle(bill: Bill, owed: Mapping[str, Owed]) -> Settled:
    """Hold a bill against the orders of its store, by their numbers.

    A bill without rows settles every order that is due in its days. One with rows settles the
    orders it names, due or not; those that are due and not named are missing and stay expected.
    """
    open_due = [each for each in owed.values() if each.is_due and each.settlement_id is None]
    if not bill.rows:
        expected = sum(each.expected_minor for each in open_due)
        ids = tuple(each.order_id for each in open_due)
        return Settled(expected, expected == bill.gross_minor, (), ids)
    named = {row.external_id for row in bill.rows}
    lines = [_held(row, owed.get(row.external_id)) for row in bill.rows]
    lines += [
        FoundLine(each.external_id, each.order_id, Finding.MISSING, None, each.expected_minor)
        for each in open_due
        if each.external_id not in named
    ]
    settled = [line for line in lines if line.finding in {Finding.MATCHED, Finding.DIFFERS}]
    expecting = [line for line in lines if line.finding is not Finding.SETTLED_BEFORE]
    billed = sum(row.amount_minor for row in bill.rows)
    return Settled(
        expected_minor=sum(line.expected_minor or 0 for line in expecting),
        is_matched=billed == bill.gross_minor
        and all(line.finding is Finding.MATCHED for line in lines),
        lines=tuple(lines),
        order_ids=tuple(line.order_id for line in settled if line.order_id is not None),
    )


def _held(row: BillRow, owed: Owed | None) -> FoundLine:
    if owed is None:
        return FoundLine(row.external_id, None, Finding.UNKNOWN, row.amount_minor, None)
    finding = Finding.MATCHED if owed.expected_minor == row.amount_minor else Finding.DIFFERS
    if owed.settlement_id is not None:
        finding = Finding.SETTLED_BEFORE
    return FoundLine(row.external_id, owed.order_id, finding, row.amount_minor, owed.expected_minor)
