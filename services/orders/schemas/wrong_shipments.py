"""Wrong shipments as they are told and shown."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from services.orders.domain.wrong_shipments import WrongShipment
from services.orders.schemas.new_order import Happened, OrderBody, Prose, Word
from services.orders.schemas.parts import Moment
from services.orders.schemas.problems import LineNo
from services.orders.schemas.steps import Reason
from shared.kernel.money import format_minor
from shared.web.bodies import NonNegativeMoney

WrongKind = Literal["wrong_sku", "short", "surplus", "wrong_parcel"]


class SentLineBody(OrderBody):
    """What was really sent for a line, by default the SKU of the line; 0 if it was forgotten."""

    line_no: LineNo
    sku: Word | None = None
    quantity: Annotated[int, Field(ge=0, le=1_000_000)]


class NewWrongShipment(Happened):
    """Something wrong that was sent (发错), and the person it is put down to (责任到人).

    `shipped` may be empty for a wrong parcel alone, `cost` is what mending it costs.
    """

    kind: WrongKind
    shipped: Annotated[list[SentLineBody], Field(max_length=500)] = Field(default_factory=list)
    shipment_id: Word | None = None
    cause: Prose = ""
    solution: Reason
    responsible_staff: Word
    cost: NonNegativeMoney | None = None

    @model_validator(mode="after")
    def _say_what_was_sent(self) -> Self:
        if not self.shipped and self.kind != "wrong_parcel":
            raise ValueError("say what was really sent")
        return self


class SentLineView(BaseModel):
    """What was really sent for a line."""

    line_no: int
    sku: str | None
    quantity: int


class WrongShipmentView(BaseModel):
    """An entry of the register."""

    register_id: str
    order_id: str
    store_id: str
    shipment_id: str | None
    kind: str
    shipped: list[SentLineView]
    cause: str
    solution: str
    responsible_staff: str
    cost: str
    registered_at: Moment
    registered_by: str


class WrongShipmentAnswer(BaseModel):
    """An entry after a request, what the request did, and a receipt."""

    entry: WrongShipmentView
    outcome: str
    receipt: str


class WrongCountView(BaseModel):
    """How many wrong shipments of a kind are put down to a person, and what they cost."""

    store_id: str
    currency: str
    responsible_staff: str
    kind: str
    entries: int
    cost: str


_SHOWN = [name for name in WrongShipmentView.model_fields if name not in {"shipped", "cost"}]


def wrong_shipment_view(entry: WrongShipment, currency: str) -> WrongShipmentView:
    """Return an entry as it is shown."""
    return WrongShipmentView(
        **{name: getattr(entry, name) for name in _SHOWN},
        shipped=[
            SentLineView(line_no=line.line_no, sku=line.sku, quantity=line.quantity)
            for line in entry.shipped
        ],
        cost=format_minor(entry.cost_minor, currency),
    )
