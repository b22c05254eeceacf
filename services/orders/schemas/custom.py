"""Bodies and views of agreements on custom-made goods."""

from typing import Annotated

from pydantic import BaseModel, Field

from services.orders.domain.custom import CustomWork
from services.orders.schemas.new_order import Happened, Word
from services.orders.schemas.parts import Moment as ShownMoment
from services.orders.schemas.steps import Reason
from shared.web.bodies import Instant


class CustomWorkBody(Happened):
    """What was agreed on; without `lines` it is about all of them."""

    lines: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=500)] = Field(
        default_factory=list
    )
    specification: Reason
    deliver_by: Instant
    supplier_id: Word | None = None


class CustomWorkView(BaseModel):
    """A standing agreement."""

    specification_id: str
    lines: list[int]
    specification: str
    supplier_id: str | None
    deliver_by: ShownMoment
    agreed_at: ShownMoment
    staff: str


class CustomWorkAnswer(BaseModel):
    """An agreement after a request, what the request did, and the receipt of its event."""

    custom_work: CustomWorkView
    outcome: str
    receipt: str


def custom_work_view(work: CustomWork) -> CustomWorkView:
    """Return an agreement as it is shown."""
    return CustomWorkView(
        specification_id=work.specification_id,
        lines=list(work.line_nos),
        specification=work.specification,
        supplier_id=work.supplier_id,
        deliver_by=work.deliver_by,
        agreed_at=work.agreed_at,
        staff=work.staff,
    )
