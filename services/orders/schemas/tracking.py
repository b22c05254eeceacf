"""Couriers' reports as they are told and shown."""

from typing import Literal

from pydantic import BaseModel

from services.orders.schemas.new_order import OrderBody, Prose, Word
from services.orders.schemas.parts import Moment as ShownMoment
from services.orders.schemas.sending import Waybill
from shared.web.bodies import Moment

State = Literal["collected", "in_transit", "out_for_delivery", "failed", "delivered", "returned"]


class TrackingRow(OrderBody):
    """A courier's report of a waybill; courier, waybill, time and state are what it is known by."""

    courier: Word
    waybill: Waybill
    state: State
    at: Moment
    place: Prose = ""
    text: Prose = ""


class TrackingView(BaseModel):
    """A courier's report of one of an order's parcels."""

    courier: str
    waybill: str
    state: str
    at: ShownMoment
    place: str
    text: str
