"""Returns, exchanges and repairs, as the rules see them."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from services.orders.domain import after_sale
from services.orders.domain.after_sale import AfterSale, CaseLine, CaseStatus
from services.orders.domain.parts import ShippedLine
from services.orders.domain.refusals import (
    DuplicateLineError,
    FactDiffersError,
    IllegalMoveError,
    LineUnknownError,
    ReturnExceedsShippedError,
)
from shared.kernel.refusals import Refusal
from tests.support.case_rules import a_case, a_shipped_order, received
from tests.support.order_rules import (
    a_paid_order,
    a_parcel,
    an_order,
    at,
)


def lines_of(*parts: tuple[int, int]) -> list[CaseLine]:
    return [CaseLine(line_no, None, quantity) for line_no, quantity in parts]


@pytest.mark.parametrize(
    ("lines", "error", "pointer"),
    [
        (((1, 3),), ReturnExceedsShippedError, "/lines/0/quantity"),
        (((2, 1), (1, 1)), ReturnExceedsShippedError, "/lines/1/quantity"),
        (((3, 1),), LineUnknownError, "/lines/0/line_no"),
        (((2, 1), (2, 1)), DuplicateLineError, "/lines/1/line_no"),
        ((), ReturnExceedsShippedError, "/lines"),
    ],
)
def test_case_is_of_what_was_sent_and_no_other_case_holds(
    lines: Any, error: type[Refusal], pointer: str
) -> None:
    others = [a_case(lines=((1, 2),))] if len(lines) == 2 else []

    with pytest.raises(error) as refused:
        after_sale.check_lines(a_shipped_order(), lines_of(*lines), others)

    assert refused.value.pointer == pointer


def test_what_is_still_here_cannot_come_back() -> None:
    parcel = a_parcel(lines=(ShippedLine(1, 1),))
    order = a_paid_order(shipments=[parcel])

    after_sale.check_lines(order, lines_of((1, 1)), [])
    for part in ((1, 2), (2, 1)):
        with pytest.raises(ReturnExceedsShippedError):
            after_sale.check_lines(order, lines_of(part), [])
    with pytest.raises(ReturnExceedsShippedError):
        after_sale.check_lines(a_paid_order(), lines_of((1, 1)), [])


def test_order_without_lines_has_cases_without_lines() -> None:
    bare = an_order(lines=[], total_minor=6800)
    bare.shipped_at = at(60)

    after_sale.check_lines(bare, [], [])
    with pytest.raises(LineUnknownError):
        after_sale.check_lines(bare, lines_of((1, 1)), [])


@pytest.mark.parametrize(
    ("other", "is_free"),
    [
        (a_case(), False),
        (a_case(closed_at=at(200), outcome="refused"), True),
        (a_case(closed_at=at(200), outcome="withdrawn"), True),
        (a_case(closed_at=at(200), outcome="refunded"), False),
        (a_case("exchange"), False),
        (a_case("exchange", closed_at=at(200), outcome="exchanged"), True),
    ],
)
def test_pieces_are_free_again_when_nothing_or_other_goods_came_of_a_case(
    other: AfterSale, is_free: bool
) -> None:
    order, wanted = a_shipped_order(), lines_of((1, 2))

    if is_free:
        after_sale.check_lines(order, wanted, [other])
    else:
        with pytest.raises(ReturnExceedsShippedError) as refused:
            after_sale.check_lines(order, wanted, [other])
        assert refused.value.data["remaining"] == 1


def test_return_goes_its_way_and_each_step_once() -> None:
    case = after_sale.agree(a_case(), at(110), "w1")
    sent = after_sale.send_back(case, at(120), "SF", "SF-9")
    here = after_sale.receive(sent, at(130), "intact", by="W1")

    assert [each.status for each in (case, sent, here)] == ["agreed", "sent_back", "received"]
    assert after_sale.agree(case, at(111), "w1") is case
    assert after_sale.send_back(sent, at(121), "SF", "SF-9") is sent
    assert after_sale.receive(here, at(131), "intact", by="W2") is here
    with pytest.raises(FactDiffersError):
        after_sale.receive(here, at(131), "damaged", by="W2")
    with pytest.raises(IllegalMoveError):
        after_sale.agree(case, at(111), "w2")
    with pytest.raises(IllegalMoveError):
        after_sale.send_back(a_case(), at(110), "SF", "SF-9")
    with pytest.raises(IllegalMoveError, match="replace"):
        after_sale.send_replacement(here, at(140), "SF", "SF-10")


def test_inventorys_words_lead_to_the_same_in_any_order() -> None:
    words: list[Callable[[AfterSale], AfterSale]] = [
        lambda case: after_sale.hear_inspection(case, at(130), "damaged", by="W1"),
        lambda case: after_sale.hear_inspection(case, at(125), "intact", by="W1"),
        lambda case: after_sale.agree(case, at(110), None),
        lambda case: after_sale.hear_inspection(case, at(130), "damaged", by="W1"),
    ]
    ends = set()
    for order in permutations(words):
        case = a_case()
        for tell in order:
            case = tell(case)
        ends.add(case)

    assert len(ends) == 1
    assert ends.pop().condition == "damaged"


def test_inventory_is_heard_above_what_was_told_here() -> None:
    here = received(condition="intact")

    heard = after_sale.hear_inspection(here, at(90), "wrong", by="W1")

    assert (heard.condition, heard.status) == ("wrong", CaseStatus.RECEIVED)


def test_inspection_of_a_case_that_is_not_agreed_waits_for_it() -> None:
    early = after_sale.hear_inspection(a_case(), at(105), "intact", by="W1")

    assert early.status is CaseStatus.OPENED
    assert after_sale.agree(early, at(110), None).status is CaseStatus.RECEIVED
