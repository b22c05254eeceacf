"""Bodies and views of freight quotes."""

from typing import Annotated

from pydantic import BaseModel, Field

from services.orders.domain.freight import Item, Part, Quote
from services.orders.domain.reaching import CourierChoice
from services.orders.schemas.freight import Units
from services.orders.schemas.incoming import Money
from services.orders.schemas.new_order import OrderBody, Quantity, Word
from shared.kernel.money import format_minor
from shared.web.bodies import NonNegativeMoney, StoreId


class QuotedLine(OrderBody):
    """Goods to be carried; `amount` and `weight_grams` are of all its pieces."""

    sku: Word | None = None
    quantity: Quantity
    amount: NonNegativeMoney | None = None
    weight_grams: Units | None = None


class QuoteBody(OrderBody):
    """What is to go where; without a courier it goes by the store's own.

    Of many the outcome repeats the `reference`.
    """

    reference: Word | None = None
    store_id: StoreId
    province: Word
    city: Word | None = None
    courier: Word | None = None
    lines: Annotated[list[QuotedLine], Field(min_length=1, max_length=500)]


class PartView(BaseModel):
    """The goods of one template: `first_price` + `further_steps` x `further_price`, rounded.

    `free_by` is the rule by which nothing is asked: amount, pieces, or null.
    """

    template: str
    zone: str
    basis: str
    units: int
    first_units: int
    first_price: str
    further_units: int
    further_price: str
    further_steps: int
    full: str
    freight: str
    free_by: str | None


class QuoteView(BaseModel):
    """What freight is asked, and why; `full` is what it were if nothing were free."""

    store_id: str
    currency: str
    courier: str | None
    is_courier_fallback: bool
    freight: str
    full: str
    parts: list[PartView]
    surcharges: dict[str, str]


def items_of(body: QuoteBody, currency: str) -> list[Item]:
    """Return the goods of a quote; raises `AmountInvalidError`."""
    money = Money(currency)
    return [
        Item(
            line.sku,
            line.quantity,
            money.minor(line.amount, f"/lines/{place}/amount"),
            line.weight_grams,
        )
        for place, line in enumerate(body.lines)
    ]


def quote_view(store_id: str, currency: str, choice: CourierChoice, quote: Quote) -> QuoteView:
    """Return a quote as it is shown."""
    return QuoteView(
        store_id=store_id,
        currency=currency,
        courier=choice.courier,
        is_courier_fallback=choice.is_fallback,
        freight=format_minor(quote.due_minor, currency),
        full=format_minor(quote.full_minor, currency),
        parts=[_part_view(part, currency) for part in quote.parts],
        surcharges={kind: format_minor(each, currency) for kind, each in quote.surcharges.items()},
    )


def _part_view(part: Part, currency: str) -> PartView:
    rate = part.rate
    return PartView(
        template=part.template.name,
        zone=part.zone.name,
        basis=part.template.basis,
        units=part.units,
        first_units=rate.first_units,
        first_price=f"{rate.first_price:f}",
        further_units=rate.further_units,
        further_price=f"{rate.further_price:f}",
        further_steps=rate.further_steps(part.units),
        full=format_minor(part.full_minor, currency),
        freight=format_minor(part.due_minor, currency),
        free_by=part.free_by,
    )
