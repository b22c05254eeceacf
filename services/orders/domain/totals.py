"""What an order costs."""

from collections.abc import Sequence

from services.orders.domain.parts import Line
from services.orders.domain.refusals import (
    DiscountTooLargeError,
    TotalMismatchError,
    TotalMissingError,
)
from shared.kernel.money import format_minor


def total_of(
    lines: Sequence[Line],
    *,
    postage_minor: int,
    discount_minor: int,
    given_minor: int | None,
    currency: str,
) -> int:
    """Return lines + postage - discount.

    An order without lines must say its total, another may, and then it must agree. Raises
    `TotalMissingError`, `DiscountTooLargeError`, `TotalMismatchError`.
    """
    if not lines:
        if given_minor is None:
            raise TotalMissingError("An order without lines needs its total.", pointer="/total")
        if given_minor + discount_minor < postage_minor:
            detail = "The postage is more than the total before the discount."
            raise TotalMismatchError(detail, pointer="/total")
        return given_minor
    total = sum(line.amount_minor for line in lines) + postage_minor - discount_minor
    if total < 0:
        raise DiscountTooLargeError("The discount is more than the order.", pointer="/discount")
    if given_minor is not None and given_minor != total:
        expected, given = format_minor(total, currency), format_minor(given_minor, currency)
        raise TotalMismatchError(
            f"Lines + postage - discount make {expected}, not {given}.",
            pointer="/total",
            expected=expected,
            given=given,
        )
    return total
