"""What is kept of an order's freight."""

import pytest

from services.orders.domain.carriage import (
    Carriage,
    PostageDiffersError,
    carriage_of,
    demand_postage,
    items_of,
)
from services.orders.domain.freight import Quote
from services.orders.domain.reaching import CourierChoice
from tests.support.order_rules import a_line

CHOICE = CourierChoice("EMS", missed="圆通")


@pytest.mark.parametrize(("postage", "waived"), [(0, 1500), (900, 600), (1500, 0), (2000, 0)])
def test_shop_bears_what_the_buyer_does_not_pay(postage: int, waived: int) -> None:
    carriage = carriage_of(CHOICE, Quote((), {"remote": 1500}), postage_minor=postage)

    assert carriage == Carriage("EMS", is_fallback=True, due_minor=1500, waived_minor=waived)


def test_nothing_is_reckoned_without_a_quote() -> None:
    carriage = carriage_of(CHOICE, None, postage_minor=800)

    demand_postage(carriage, 800, "CNY")
    assert (carriage.due_minor, carriage.waived_minor) == (None, None)


def test_other_postage_than_the_template_s_is_refused_with_both_numbers() -> None:
    demand_postage(Carriage(due_minor=800), 800, "CNY")
    with pytest.raises(PostageDiffersError) as refused:
        demand_postage(Carriage(due_minor=0), 800, "CNY")

    assert refused.value.data == {"expected": "0.00", "given": "8.00"}


def test_gifts_travel_with_the_rest() -> None:
    assert [item.sku for item in items_of([a_line(1), a_line(2, is_gift=True)])] == ["sku-1"]
