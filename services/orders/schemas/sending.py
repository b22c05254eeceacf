"""Rows that tell which parcel left with which waybill."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.orders.schemas.new_order import NewShippedLine, OrderBody, Word
from services.orders.schemas.steps import OrderId
from shared.web.bodies import Moment, StoreId

Grams = Annotated[int, Field(ge=1, le=100_000_000)]

_ROUNDED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)
_KILOGRAMS = re.compile(r"\d{1,6}(\.\d{1,6})?")


def _demand_whole(number: str) -> str:
    if _ROUNDED.fullmatch(number):
        raise PydanticCustomError(
            "number_rounded", "A spreadsheet rounded this number; keep its column as text."
        )
    return number


def _grams(value: Any) -> Any:
    """Return kilograms, as couriers' files have them, as whole grams; half up."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower().removesuffix("kg").strip()
    if not _KILOGRAMS.fullmatch(text):
        raise PydanticCustomError("weight_malformed", "A weight is a plain number of kilograms.")
    return int((Decimal(text) * 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _whole_grams(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


Number = Annotated[Word, AfterValidator(_demand_whole)]
"""A number of an order or a waybill that no spreadsheet has cut."""

Waybill = Annotated[Number, StringConstraints(max_length=64)]


class ShipRow(OrderBody):
    """A parcel of one order of many.

    What is left out: the courier is the one agreed on, the waybill the one given at printing, the
    time now, the lines all that the parcel is to hold.
    """

    order_id: OrderId
    courier: Word | None = None
    waybill: Waybill | None = None
    shipped_at: Moment | None = None
    lines: Annotated[list[NewShippedLine], Field(min_length=1, max_length=500)] | None = None
    weight_grams: Grams | None = None


class CourierRow(OrderBody):
    """A line of a courier's file; `weight` is in kilograms."""

    order_number: Number
    waybill: Waybill
    courier: Word | None = None
    store_id: StoreId | None = None
    weight: Annotated[Grams, BeforeValidator(_grams)] | None = None
    weight_grams: Annotated[Grams, BeforeValidator(_whole_grams)] | None = None
