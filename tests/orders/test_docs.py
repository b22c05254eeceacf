"""The page for integrators says what the code does."""

from tests.orders.generate import ORDERS_PAGE, page


def test_life_cycles_lists_and_refusals_are_told_as_they_are() -> None:
    told = ORDERS_PAGE.read_text(encoding="utf-8")

    assert page(told) == told
