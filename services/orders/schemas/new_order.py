"""Bodies that state an order or a part of one."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.web.bodies import Currency, Moment, NonNegativeMoney, PositiveMoney, StoreId

_STORABLE = r"^[^\x00]*$"  # PostgreSQL keeps no NUL; half a surrogate pair is no text for pydantic

Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_STORABLE),
]
"""A name, number or code."""

Prose = Annotated[str, StringConstraints(max_length=1000, pattern=_STORABLE)]
"""A text that people wrote."""

Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class OrderBody(BaseModel):
    """The base of bodies here: an unknown field is refused, nothing is converted.

    It checks texts by pattern, not field by field as `shared.web.bodies.Body` does, because orders
    come by the thousand.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


class NewLine(OrderBody):
    """A line; its amount is quantity times unit price, rounded half up once, less its discount."""

    sku: Word | None = None
    name: Word | None = None
    quantity: Quantity
    unit_price: NonNegativeMoney
    discount: NonNegativeMoney | None = None
    is_gift: bool = False


class NewBuyer(OrderBody):
    """Who buys and where it goes; all but province and city is stored encrypted."""

    account: Word | None = None
    name: Word | None = None
    phone: Word | None = None
    address: Annotated[Prose, StringConstraints(min_length=1)] | None = None
    province: Word | None = None
    city: Word | None = None


Instalments = Annotated[int, Field(ge=1, le=999)]


class NewPayment(OrderBody):
    """Money that came in: `method` says how (支付方式), `channel` where (支付位置).

    `instalments` is in how many the buyer pays it off (分期); the shop gets it at once.
    """

    external_id: Word | None = None
    amount: NonNegativeMoney
    paid_at: Moment
    method: Word | None = None
    channel: Word | None = None
    instalments: Instalments | None = None


class NewShippedLine(OrderBody):
    """How many pieces of a line a parcel holds."""

    line_no: Annotated[int, Field(ge=1)]
    quantity: Quantity


class NewShipment(OrderBody):
    """A parcel; without lines it holds all that remains."""

    external_id: Word | None = None
    courier: Word
    waybill: Word
    shipped_at: Moment
    lines: Annotated[list[NewShippedLine], Field(min_length=1, max_length=500)] | None = None
    weight_grams: Annotated[int, Field(ge=1, le=100_000_000)] | None = None


class NewRefundLine(OrderBody):
    """What of a line goes back; quantity 0 means money only (仅退款)."""

    line_no: Annotated[int, Field(ge=1)]
    quantity: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    amount: NonNegativeMoney


ReasonKind = Literal[
    "quality",
    "damaged",
    "wrong_goods",
    "missing",
    "wrong_size",
    "not_as_described",
    "unwanted",
    "late",
    "lost",
    "other",
]
"""Why goods or money go back."""


def cause_of(kind: ReasonKind | None, *, is_quality_fault: bool | None) -> tuple[str, bool]:
    """Return a kind of reason, and whether it is the quality's fault where that is not told."""
    is_fault = kind == "quality" if is_quality_fault is None else is_quality_fault
    return kind or "other", is_fault


class RefundTerms(OrderBody):
    """What a refund is about; without `is_quality_fault` it is one if its reason is quality."""

    external_id: Word | None = None
    postage: NonNegativeMoney | None = None
    lines: Annotated[list[NewRefundLine], Field(max_length=500)] = Field(default_factory=list)
    reason: Prose = ""
    reason_kind: ReasonKind | None = None
    is_quality_fault: bool | None = None
    with_return: bool = False

    @property
    def cause(self) -> tuple[str, bool]:
        """Return its kind of reason, and whether that is the quality's fault."""
        return cause_of(self.reason_kind, is_quality_fault=self.is_quality_fault)


class NewRefund(RefundTerms):
    """A refund of a row, with its history; `amount` includes postage."""

    amount: PositiveMoney
    requested_at: Moment
    approved_at: Moment | None = None
    paid_at: Moment | None = None
    is_time_assumed: bool = False


class RefundRequest(RefundTerms):
    """A refund asked for; without `amount` it is all that can still go back."""

    amount: PositiveMoney | None = None
    requested_at: Moment | None = None


class NewOrder(OrderBody):
    """An order as its source has it: all that is known, or all that is new since.

    `total`, where given, must equal the lines + postage - discount; an order without lines needs
    it. Entries of `payments`, `shipments` and `refunds` are known by their `external_id`, else by
    their position, counted from 1.
    """

    store_id: StoreId
    external_id: Word
    placed_at: Moment
    source_updated_at: Moment | None = None
    kind: Literal["normal", "presale", "cod"] = "normal"
    currency: Currency | None = None
    lines: Annotated[list[NewLine], Field(max_length=500)] = Field(default_factory=list)
    postage: NonNegativeMoney | None = None
    discount: NonNegativeMoney | None = None
    total: NonNegativeMoney | None = None
    buyer: NewBuyer | None = None
    agent: Word | None = None
    payments: Annotated[list[NewPayment], Field(max_length=100)] = Field(default_factory=list)
    shipments: Annotated[list[NewShipment], Field(max_length=100)] = Field(default_factory=list)
    refunds: Annotated[list[NewRefund], Field(max_length=100)] = Field(default_factory=list)
    delivered_at: Moment | None = None
    completed_at: Moment | None = None
    cancelled_at: Moment | None = None
    cancel_reason: Prose = ""
    backfill: bool = False


class PaymentBody(OrderBody):
    """A payment told by itself; without a time: when it is told."""

    external_id: Word | None = None
    amount: NonNegativeMoney
    paid_at: Moment | None = None
    method: Word | None = None
    channel: Word | None = None
    instalments: Instalments | None = None


class ShipmentBody(OrderBody):
    """A parcel told by itself; without lines all that remains, without a time: when it is told.

    Without a courier it is the one agreed on, without a waybill the one given at printing.
    """

    external_id: Word | None = None
    courier: Word | None = None
    waybill: Word | None = None
    shipped_at: Moment | None = None
    lines: Annotated[list[NewShippedLine], Field(min_length=1, max_length=500)] | None = None
    weight_grams: Annotated[int, Field(ge=1, le=100_000_000)] | None = None


class Happened(OrderBody):
    """When it happened; without a time: when it is told."""

    at: Moment | None = None


class Cancellation(Happened):
    """Why an order will not be fulfilled."""

    reason: Prose = ""


class Correction(OrderBody):
    """What finance found a payment to be."""

    amount: NonNegativeMoney
    reason: Annotated[Prose, StringConstraints(min_length=1)]
