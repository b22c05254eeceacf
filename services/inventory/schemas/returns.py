"""Goods that come back, as they are told and shown."""

from typing import Annotated

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from services.inventory.domain.inspecting import Finding, Inspection
from services.inventory.domain.warehouses import DEFAULT
from services.inventory.schemas.parts import Shown, StockBody, WarehouseId, Word
from shared.web.bodies import Moment, StoreId

Pieces = Annotated[int, Field(ge=0, le=1_000_000)]


class NewFinding(StockBody):
    """What came back of a line of the order."""

    line_no: Annotated[int, Field(ge=1, le=1_000_000)]
    sku: Word | None = None
    intact: Pieces = 0
    defective: Pieces = 0
    missing: Pieces = 0


class NewInspection(StockBody):
    """What was found of goods that came back; `external_id` makes it safe to send again."""

    store_id: StoreId
    external_id: Word
    order_id: Word
    case_id: Word | None = None
    warehouse_id: WarehouseId = DEFAULT
    waybill: Word | None = None
    lines: Annotated[list[NewFinding], Field(min_length=1, max_length=500)]
    inspected_at: Moment | None = None


class FindingView(BaseModel):
    """What came back of a line."""

    line_no: int
    sku: str | None
    intact: int
    defective: int
    missing: int


class InspectionView(BaseModel):
    """An inspection."""

    inspection_id: str
    store_id: str
    external_id: str
    order_id: str
    case_id: str | None
    warehouse_id: str
    waybill: str | None
    lines: list[FindingView]
    is_intact: bool
    inspected_by: str
    inspected_at: Shown


class InspectionAnswer(BaseModel):
    """An inspection after a request, and what the request did."""

    inspection: InspectionView
    outcome: str


class ExpectedLineView(BaseModel):
    """What of a line is to come back."""

    line_no: int
    sku: str | None
    quantity: int


class ExpectedView(BaseModel):
    """Goods of a case that are to come back; `waybill` is the buyer's, once they were sent."""

    case_id: str
    store_id: str
    order_id: str
    kind: str
    lines: list[ExpectedLineView]
    warehouse_id: str | None
    courier: str | None
    waybill: str | None
    agreed_at: Shown
    sent_at: Shown | None


def findings_of(body: NewInspection) -> list[Finding]:
    """Return what a body says was found."""
    return [
        Finding(line.line_no, line.sku, line.intact, line.defective, line.missing)
        for line in body.lines
    ]


def inspection_view(inspection: Inspection) -> InspectionView:
    """Return an inspection as it is shown."""
    values = inspection._asdict()
    values["lines"] = [
        FindingView(
            line_no=each.line_no,
            sku=each.sku,
            intact=each.intact,
            defective=each.defective,
            missing=each.missing,
        )
        for each in inspection.lines
    ]
    return InspectionView(**values)


def expected_view(row: RowMapping) -> ExpectedView:
    """Return what is expected back as it is shown."""
    names = [name for name in ExpectedView.model_fields if name != "lines"]
    lines = [
        ExpectedLineView(line_no=line["line_no"], sku=line["sku"], quantity=line["quantity"])
        for line in row["lines"]
    ]
    return ExpectedView(**{name: row[name] for name in names}, lines=lines)
