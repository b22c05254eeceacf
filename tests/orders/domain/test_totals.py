"""What an order costs."""

import pytest

from services.orders.domain.refusals import (
    TotalMismatchError,
    TotalMissingError,
)
from services.orders.domain.totals import total_of
from tests.support.order_rules import (
    a_line,
)


def test_total_must_be_what_the_parts_make() -> None:
    with pytest.raises(TotalMismatchError) as refused:
        total_of([a_line()], postage_minor=800, discount_minor=0, given_minor=5000, currency="CNY")

    assert refused.value.pointer == "/total"
    assert refused.value.data == {"expected": "58.00", "given": "50.00"}


def test_order_without_lines_needs_its_total() -> None:
    with pytest.raises(TotalMissingError):
        total_of([], postage_minor=0, discount_minor=0, given_minor=None, currency="CNY")
