"""Bodies and views of parcels and their waybill numbers."""

from typing import Annotated

from pydantic import BaseModel, Field

from services.orders.domain.parcels import Parcel
from services.orders.schemas.new_order import NewShippedLine, OrderBody, Word
from services.orders.schemas.parts import Moment
from services.orders.schemas.sending import Waybill
from services.orders.schemas.steps import OrderId
from shared.web.bodies import StoreId

Lines = Annotated[list[NewShippedLine], Field(min_length=1, max_length=500)]


class Merging(OrderBody):
    """The orders that are to share one parcel."""

    order_ids: Annotated[list[OrderId], Field(min_length=2, max_length=50)]


class Splitting(OrderBody):
    """An order, and what lies in each of its parcels; what no one names is one more."""

    order_id: OrderId
    parcels: Annotated[list[Lines], Field(min_length=1, max_length=50)]


class NumberRow(OrderBody):
    """A waybill number that a courier gave a store."""

    store_id: StoreId
    courier: Word
    number: Waybill


class ContentView(BaseModel):
    """How many pieces of an order's line a parcel holds."""

    order_id: str
    line_no: int
    quantity: int


class ParcelView(BaseModel):
    """A parcel that is planned, or printed with a waybill of its own."""

    parcel_id: str
    store_id: str
    contents: list[ContentView]
    is_planned: bool
    courier: str | None
    waybill: str | None
    weight_grams: int | None
    printed_at: Moment | None
    shipped_at: Moment | None


class CandidateView(BaseModel):
    """Orders of one store, buyer and address that could share a parcel, first placed first."""

    store_id: str
    order_ids: list[str]
    external_ids: list[str]


class PoolView(BaseModel):
    """How many waybill numbers of a courier a store has left, and how many are few for it."""

    store_id: str
    courier: str
    free: int
    low: int


def parcel_view(parcel: Parcel) -> ParcelView:
    """Return a parcel as it is shown."""
    return ParcelView(
        parcel_id=parcel.parcel_id,
        store_id=parcel.store_id,
        contents=[
            ContentView(order_id=each.order_id, line_no=each.line_no, quantity=each.quantity)
            for each in parcel.contents
        ],
        is_planned=parcel.is_planned,
        courier=parcel.courier,
        waybill=parcel.waybill,
        weight_grams=parcel.weight_grams,
        printed_at=parcel.printed_at,
        shipped_at=parcel.shipped_at,
    )
