"""Returns, exchanges and repairs as they are told and shown."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.orders.domain.after_sale import AfterSale
from services.orders.schemas.case_refunds import CaseRefund
from services.orders.schemas.new_order import (
    Happened,
    OrderBody,
    Prose,
    Quantity,
    ReasonKind,
    Word,
)
from services.orders.schemas.parts import Moment
from services.orders.schemas.problems import LineNo
from services.orders.schemas.steps import Reason
from shared.kernel.money import format_minor
from shared.web.bodies import NonNegativeMoney

AfterSaleKind = Literal["return", "exchange", "repair"]
Picture = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00]+$", max_length=2000)]


class NewCaseLine(OrderBody):
    """What of a line comes back; `wanted_sku` is sent instead, by default the same."""

    line_no: LineNo
    quantity: Quantity
    wanted_sku: Word | None = None


class NewAfterSale(Happened):
    """A return (退货), exchange (换货) or repair (维修).

    `responsible` is whose doing it is, `freight` what the goods' way back and forth costs; the
    store's rule says who pays it. Without `is_quality_fault` it is one if the reason is quality.
    """

    kind: AfterSaleKind
    external_id: Word | None = None
    lines: Annotated[list[NewCaseLine], Field(max_length=500)] = Field(default_factory=list)
    reason_kind: ReasonKind
    reason: Prose = ""
    pictures: Annotated[list[Picture], Field(max_length=20)] = Field(default_factory=list)
    responsible: Literal["buyer", "seller", "courier", "supplier"]
    is_quality_fault: bool | None = None
    freight: NonNegativeMoney | None = None
    refund: CaseRefund | None = None


class Agreement(Happened):
    """That the goods are expected, and where."""

    warehouse_id: Word | None = None


class InVain(Happened):
    """Why nothing comes of a case."""

    reason: Reason


class CaseParcel(Happened):
    """A parcel of a case, from the buyer or to him."""

    courier: Word
    waybill: Word


class Inspection(Happened):
    """What was found of the goods that came back."""

    condition: Literal["intact", "damaged", "wrong"]


class CaseClosure(Happened):
    """That the buyer got what he was promised; `waives_goods` closes a return without them."""

    waives_goods: bool = False
    note: Prose = ""


class CaseLineView(BaseModel):
    """What of a line comes back, and what is sent instead."""

    line_no: int
    sku: str | None
    quantity: int
    wanted_sku: str | None


class AfterSaleView(BaseModel):
    """A return, exchange or repair; the two freights are who pays what."""

    case_id: str
    order_id: str
    store_id: str
    external_id: str | None
    status: str
    kind: str
    lines: list[CaseLineView]
    reason_kind: str
    reason: str
    pictures: list[str]
    responsible: str
    is_quality_fault: bool
    shop_freight: str
    buyer_freight: str
    opened_at: Moment
    opened_by: str
    refund_id: str | None
    agreed_at: Moment | None
    warehouse_id: str | None
    sent_back_at: Moment | None
    back_courier: str | None
    back_waybill: str | None
    received_at: Moment | None
    condition: str | None
    inspected_by: str | None
    replaced_at: Moment | None
    replacement_courier: str | None
    replacement_waybill: str | None
    closed_at: Moment | None
    outcome: str | None
    closing_note: str


class AfterSaleAnswer(BaseModel):
    """A case after a request, what the request did, and a receipt."""

    case: AfterSaleView
    outcome: str
    receipt: str


_MADE = {"status", "lines", "pictures", "shop_freight", "buyer_freight"}
_SHOWN = [name for name in AfterSaleView.model_fields if name not in _MADE]


def after_sale_view(case: AfterSale, currency: str) -> AfterSaleView:
    """Return a case as it is shown."""
    return AfterSaleView(
        **{name: getattr(case, name) for name in _SHOWN},
        status=case.status,
        lines=[
            CaseLineView(
                line_no=line.line_no,
                sku=line.sku,
                quantity=line.quantity,
                wanted_sku=line.wanted_sku,
            )
            for line in case.lines
        ],
        pictures=list(case.pictures),
        shop_freight=format_minor(case.shop_freight_minor, currency),
        buyer_freight=format_minor(case.buyer_freight_minor, currency),
    )
