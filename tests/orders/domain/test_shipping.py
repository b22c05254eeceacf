"""Parcels."""

from typing import Any

import pytest

from services.orders.domain import ending, shipping
from services.orders.domain.moves import Status
from services.orders.domain.parts import ShippedLine
from services.orders.domain.refusals import (
    DuplicateLineError,
    IllegalMoveError,
    LineUnknownError,
    ShipmentExceedsOrderError,
)
from shared.kernel.refusals import Refusal
from tests.support.order_rules import (
    a_paid_order,
    a_parcel,
    a_payment,
    an_incoming,
    at,
    changing,
    take,
)


def test_part_of_an_order_leaves_it_paid_and_the_rest_ships_it() -> None:
    changes = changing(a_paid_order())

    shipping.ship(changes, a_parcel("1", (ShippedLine(1, 1),)))
    halfway = changes.order.status
    shipping.ship(changes, a_parcel("2"))

    assert halfway is Status.PAID
    assert changes.order.status is Status.SHIPPED
    assert changes.order.shipments[1].lines == (ShippedLine(1, 1), ShippedLine(2, 1))
    assert [parcel.is_complete for parcel in changes.order.shipments] == [False, True]


def test_order_of_which_a_parcel_left_cannot_be_cancelled() -> None:
    changes = changing(a_paid_order(shipments=[a_parcel("1", (ShippedLine(1, 1),))]))

    with pytest.raises(IllegalMoveError):
        ending.cancel(changes, at(900), reason="changed my mind")


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ((ShippedLine(3, 1),), LineUnknownError),
        ((ShippedLine(1, 3),), ShipmentExceedsOrderError),
        ((ShippedLine(1, 1), ShippedLine(1, 1)), DuplicateLineError),
    ],
)
def test_parcel_holds_only_what_the_order_has(lines: Any, error: type[Refusal]) -> None:
    with pytest.raises(error):
        shipping.ship(changing(a_paid_order()), a_parcel("1", lines))


def test_of_parcels_without_lines_the_first_takes_all_however_they_are_told() -> None:
    both = [a_parcel("b", minutes=70), a_parcel("a", minutes=60)]

    at_once = a_paid_order(shipments=both)
    _, one_by_one = take(
        an_incoming(payments=[a_payment()], shipments=both), a_paid_order(shipments=both[1:])
    )

    assert [(parcel.external_id, parcel.is_complete) for parcel in at_once.shipments] == [
        ("a", True),
        ("b", False),
    ]
    assert one_by_one.order.shipments == at_once.shipments
    assert one_by_one.order.shipped_at == at_once.shipped_at
