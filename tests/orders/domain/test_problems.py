"""Problem orders, as the rules see them."""

import pytest

from services.orders.domain import ending, problems, shipping, stepping
from services.orders.domain.changes import Changes
from services.orders.domain.moves import Status
from services.orders.domain.order import Order
from services.orders.domain.problems import Problem, ProblemStatus
from services.orders.domain.refusals import (
    DuplicateLineError,
    IllegalMoveError,
    LineUnknownError,
    OrderHeldError,
)
from shared.kernel.refusals import Refusal
from tests.support.order_rules import (
    ORDER_ID,
    a_paid_order,
    a_parcel,
    a_payment,
    an_incoming,
    at,
    changing,
    take,
)


def a_problem(number: int = 1, minutes: int = 10, lines: tuple[int, ...] = ()) -> Problem:
    return Problem(
        f"prb_{number}", ORDER_ID, "s1", "out_of_stock", f"why {number}", lines, "S1",
        at(minutes), "S1",
    )  # fmt: skip


def with_problem(order: Order, *others: Problem) -> Changes:
    changes = changing(order)
    problems.open_problem(changes, a_problem(), others)
    return changing(changes.order)


def test_order_with_a_problem_goes_nowhere() -> None:
    changes = with_problem(a_paid_order())

    with pytest.raises(OrderHeldError, match="held for problem: why 1"):
        stepping.step(changes, Status.VERIFIED, at(20), staff="S1")
    with pytest.raises(OrderHeldError):
        shipping.ship(changes, a_parcel())


@pytest.mark.parametrize("verdict", [stepping.PASSED, stepping.HELD, stepping.REJECTED])
def test_order_with_a_problem_passes_no_audit(verdict: str) -> None:
    changes = changing(a_paid_order())
    stepping.step(changes, Status.VERIFIED, at(9), staff="S1")

    with pytest.raises(OrderHeldError):
        stepping.audit(with_problem(changes.order), verdict, at(20), staff="S2", reason="x")


def test_an_audit_that_passes_leaves_the_problem() -> None:
    changes = changing(a_paid_order())
    stepping.step(changes, Status.VERIFIED, at(9), staff="S1")
    stepping.audit(changes, stepping.HELD, at(9), staff="S2", reason="stock")
    held = with_problem(changes.order)

    problems.hold_for(held, [])

    assert held.order.held_for == held.order.hold != None  # noqa: E711 - the audit's hold stays
    stepping.audit(held, stepping.PASSED, at(21), staff="S2")
    assert held.order.held_for is None


def test_a_source_ships_an_order_with_a_problem() -> None:
    changes = with_problem(a_paid_order())

    _, told = take(an_incoming(payments=[a_payment()], shipments=[a_parcel()]), changes.order)

    assert told.order.status is Status.SHIPPED
    assert told.order.problem is not None, "it stays open until somebody closes it"


def test_the_hold_is_the_oldest_ones_and_goes_with_the_last() -> None:
    first, second = a_problem(1, 30), a_problem(2, 20)
    changes = changing(a_paid_order())

    problems.open_problem(changes, first, [])
    problems.open_problem(changes, second, [first])
    both = changes.order.problem
    closed = problems.close_problem(changes.order, second, "solved", at(40), by="S2")
    problems.hold_for(changes, [first, closed])
    one = changes.order.problem
    problems.hold_for(changes, [closed])

    assert both is not None
    assert both.at == at(20)
    assert one is not None
    assert one.reason == "why 1"
    assert changes.order.problem is None


def test_problem_that_does_not_change_the_hold_leaves_the_order_alone() -> None:
    changes = with_problem(a_paid_order())

    problems.open_problem(changes, a_problem(2, 50), [a_problem()])

    assert not changes.has_new_work


@pytest.mark.parametrize(
    ("lines", "error", "pointer"),
    [((1, 3), LineUnknownError, "/lines/1"), ((2, 2), DuplicateLineError, "/lines/1")],
)
def test_problem_is_of_lines_that_there_are(
    lines: tuple[int, ...], error: type[Refusal], pointer: str
) -> None:
    with pytest.raises(error) as refused:
        problems.open_problem(changing(a_paid_order()), a_problem(lines=lines), [])

    assert refused.value.pointer == pointer


def test_lines_concerned_are_all_unless_some_are_named() -> None:
    order = a_paid_order()

    assert problems.lines_concerned(order, a_problem()) == order.lines
    assert problems.lines_concerned(order, a_problem(lines=(2,))) == order.lines[1:]


def test_cancelled_order_has_no_problem_any_more() -> None:
    changes = with_problem(a_paid_order())

    ending.cancel(changes, at(50), reason="no stock")

    assert changes.order.problem is None
    assert changes.has_new_work
    with pytest.raises(IllegalMoveError, match="void has no problem"):
        problems.open_problem(changing(changes.order), a_problem(2), [])


def test_closed_problem_stays_as_it_was_closed() -> None:
    order = a_paid_order()
    closed = problems.close_problem(order, a_problem(), "solved", at(40), by="S2", note="found")

    assert closed.status is ProblemStatus.CLOSED
    assert problems.close_problem(order, closed, "solved", at(41), by="S3") is closed
    with pytest.raises(IllegalMoveError):
        problems.close_problem(order, closed, "changed", at(42), by="S3")
    with pytest.raises(IllegalMoveError, match="A problem that is closed"):
        problems.hand_over(closed, "S9")


def test_a_standing_order_does_not_close_its_problem_as_cancelled() -> None:
    with pytest.raises(IllegalMoveError) as refused:
        problems.close_problem(a_paid_order(), a_problem(), "cancelled", at(40), by="S2")

    assert refused.value.pointer == "/outcome"
