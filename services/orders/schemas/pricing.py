"""Bodies and views of price changes."""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, Field

from services.orders.domain.order import Order
from services.orders.domain.parts import Line, Terms
from services.orders.domain.refusals import (
    DiscountTooLargeError,
    DuplicateLineError,
    LineUnknownError,
)
from services.orders.domain.totals import total_of
from services.orders.schemas.incoming import Money
from services.orders.schemas.new_order import OrderBody
from services.orders.schemas.parts import Moment
from services.orders.schemas.steps import Reason
from shared.web.bodies import NonNegativeMoney
from shared.web.pages import Page


class LinePrice(OrderBody):
    """The price of a line from now on; what is left out stays."""

    line_no: Annotated[int, Field(ge=1)]
    unit_price: NonNegativeMoney | None = None
    discount: NonNegativeMoney | None = None


class PriceChangeBody(OrderBody):
    """What an order costs from now on, and why; what is left out stays."""

    lines: Annotated[list[LinePrice], Field(max_length=500)] = Field(default_factory=list)
    discount: NonNegativeMoney | None = None
    postage: NonNegativeMoney | None = None
    reason: Reason

    @property
    def pointer(self) -> str:
        """Where the price is changed first."""
        if self.lines:
            return "/lines"
        return "/postage" if self.discount is None else "/discount"


class PriceChangeView(BaseModel):
    """A price change: what it took off `goods` and `postage`, negative where it raised them.

    `is_superseded` says that the source has given the order another price since.
    """

    change_id: int
    order_id: str
    store_id: str
    currency: str
    at: Moment
    staff: str
    reason: str
    goods: str
    postage: str
    total_before: str
    total_after: str
    original_total: str
    is_superseded: bool


class PriceChangeSums(BaseModel):
    """What one member of staff took off in a store, superseded changes left out."""

    store_id: str
    currency: str
    staff: str
    changes: int
    goods: str
    postage: str
    total: str


class PriceChangesPage(Page[PriceChangeView]):
    """A page of price changes, and the sums of all that pass, on whichever page they stand."""

    sums: list[PriceChangeSums]


def terms_from(body: PriceChangeBody, order: Order) -> Terms:
    """Return what an order costs after a change.

    Raises `LineUnknownError`, `DuplicateLineError`, `AmountInvalidError`, `DiscountTooLargeError`.
    """
    money = Money(order.currency)
    prices: dict[int, tuple[str, LinePrice]] = {}
    for place, price in enumerate(body.lines):
        pointer = f"/lines/{place}"
        if order.line(price.line_no) is None:
            detail = f"The order has no line {price.line_no}."
            raise LineUnknownError(detail, pointer=f"{pointer}/line_no")
        if price.line_no in prices:
            detail = f"Line {price.line_no} is given twice."
            raise DuplicateLineError(detail, pointer=f"{pointer}/line_no")
        prices[price.line_no] = pointer, price
    lines = [
        _priced(line, *prices[line.line_no], money) if line.line_no in prices else line
        for line in order.lines
    ]
    postage, discount = order.postage_minor, order.discount_minor
    if body.postage is not None:
        postage = money.minor(body.postage, "/postage")
    if body.discount is not None:
        discount = money.minor(body.discount, "/discount")
    total = order.total_minor + postage - order.postage_minor - discount + order.discount_minor
    if lines:
        total = total_of(
            lines,
            postage_minor=postage,
            discount_minor=discount,
            given_minor=None,
            currency=order.currency,
        )
    if total < postage:
        raise DiscountTooLargeError("The discount is more than the goods.", pointer="/discount")
    return Terms(tuple(lines), postage, discount, total)


def _priced(line: Line, pointer: str, price: LinePrice, money: Money) -> Line:
    unit_price = line.unit_price if price.unit_price is None else price.unit_price
    amount = money.amount(unit_price, line.quantity, f"{pointer}/unit_price")
    discount = line.discount_minor
    if price.discount is not None:
        discount = money.minor(price.discount, f"{pointer}/discount")
    if discount > amount:
        detail = "The discount is more than the line."
        raise DiscountTooLargeError(detail, pointer=f"{pointer}/discount")
    return replace(
        line, unit_price=unit_price, discount_minor=discount, amount_minor=amount - discount
    )
