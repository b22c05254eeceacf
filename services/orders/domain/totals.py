"""Money of an order: line amounts, totals, and each line's share of the discount."""

from collections.abc import Sequence
from dataclasses import replace

from services.orders.domain.order import Line
from services.orders.domain.refusals import (
    DiscountTooLargeError,
    TotalMismatchError,
    TotalMissingError,
)
from shared.kernel.money import format_minor


def share_out(discount: int, amounts: Sequence[int]) -> list[int]:
    """Return how much of a discount falls on each amount: in proportion, exact in sum.

    At most everything is taken off. What rounding leaves goes to the largest remainders, the
    earlier one first where they are equal.
    """
    whole = sum(amounts)
    if not discount or not whole:
        return [0] * len(amounts)
    discount = min(discount, whole)
    shares = [discount * amount // whole for amount in amounts]
    by_remainder = sorted(
        range(len(amounts)), key=lambda place: -(discount * amounts[place] % whole)
    )
    for place in by_remainder[: discount - sum(shares)]:
        shares[place] += 1
    return shares


def with_shares(lines: Sequence[Line], discount_minor: int) -> list[Line]:
    """Return the lines, each with what the buyer owes for it after its share of the discount."""
    if not discount_minor:
        return list(lines)
    shares = share_out(discount_minor, [line.amount_minor for line in lines])
    return [
        replace(line, owed_minor=line.amount_minor - share)
        for line, share in zip(lines, shares, strict=True)
    ]


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
