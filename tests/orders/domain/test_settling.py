"""A bill held against the orders."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.orders.domain.refusals import DuplicateExternalIdError, SettlementInvalidError
from services.orders.domain.settling import Bill, BillRow, Finding, Owed, check_bill, settle


def a_bill(*rows: tuple[str, int], **values: Any) -> Bill:
    gross = values.pop("gross_minor", sum(amount for _, amount in rows))
    told = {
        "store_id": "s1",
        "external_id": "B-1",
        "from_day": date(2026, 11, 1),
        "to_day": date(2026, 11, 7),
        "gross_minor": gross,
        "fee_minor": 0,
        "settled_minor": gross,
        **values,
    }
    return Bill(**told, rows=tuple(BillRow(*row) for row in rows))


def owed(*rows: Owed) -> dict[str, Owed]:
    return {row.external_id: row for row in rows}


FIRST = Owed("ord_1", "A-1", 1000, None, is_due=True)
SECOND = Owed("ord_2", "A-2", 2000, None, is_due=True)
LATER = Owed("ord_3", "A-3", 3000, None, is_due=False)


@pytest.mark.parametrize(("gross", "is_matched"), [(3000, True), (2999, False)])
def test_bill_without_rows_settles_all_that_is_due(gross: int, is_matched: bool) -> None:
    done = replace(SECOND, order_id="ord_9", external_id="A-9", settlement_id="stl_1")

    found = settle(a_bill(gross_minor=gross), owed(FIRST, SECOND, done))

    assert (found.expected_minor, found.is_matched) == (3000, is_matched)
    assert found.order_ids == ("ord_1", "ord_2")


def test_bill_that_names_its_orders_is_matched_one_by_one() -> None:
    found = settle(a_bill(("A-1", 1000), ("A-2", 2000)), owed(FIRST, SECOND))

    assert found.is_matched
    assert {line.finding for line in found.lines} == {Finding.MATCHED}


def test_every_difference_of_a_bill_is_named() -> None:
    before = Owed("ord_4", "A-4", 400, "stl_1", is_due=False)
    bill = a_bill(("A-1", 999), ("A-3", 3000), ("A-4", 400), ("A-5", 5))

    found = settle(bill, owed(FIRST, SECOND, LATER, before))

    assert {line.external_id: line.finding for line in found.lines} == {
        "A-1": Finding.DIFFERS,
        "A-2": Finding.MISSING,
        "A-3": Finding.MATCHED,
        "A-4": Finding.SETTLED_BEFORE,
        "A-5": Finding.UNKNOWN,
    }
    assert not found.is_matched
    assert found.order_ids == ("ord_1", "ord_3"), "the missing one stays expected"
    assert found.expected_minor == 1000 + 2000 + 3000


def test_rows_that_do_not_add_up_to_the_bill_do_not_match() -> None:
    assert not settle(a_bill(("A-1", 1000), gross_minor=1001), owed(FIRST)).is_matched


@pytest.mark.parametrize(
    ("bill", "error", "pointer"),
    [
        (a_bill(to_day=date(2026, 10, 31)), SettlementInvalidError, "/to_day"),
        (a_bill(gross_minor=5, fee_minor=1), SettlementInvalidError, "/settled"),
        (a_bill(("A", 1), ("A", 2)), DuplicateExternalIdError, "/rows/1/external_id"),
    ],
)
def test_bill_that_contradicts_itself_is_refused(
    bill: Bill, error: type[SettlementInvalidError], pointer: str
) -> None:
    with pytest.raises(error) as refused:
        check_bill(bill)

    assert refused.value.pointer == pointer
