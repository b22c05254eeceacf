"""Which orders' documents are asked for, and which were printed."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.orders.schemas.new_order import OrderBody
from services.orders.schemas.parts import Moment
from services.orders.schemas.steps import OrderId
from shared.web.bodies import StoreId

MOST = 1000
"""Orders of one file."""

PrintedLists = Literal["to_print", "to_pick", "to_pack", "to_ship"]


class Wanted(OrderBody):
    """The orders of these ids, or the first of a working list; the file is in the order of work."""

    order_ids: Annotated[list[OrderId], Field(min_length=1, max_length=MOST)] | None = None
    worklist: PrintedLists | None = None
    stores: Annotated[list[StoreId], Field(min_length=1, max_length=MOST)] | None = None
    first: Annotated[int, Field(ge=1, le=MOST)] = 100
    format: Literal["pdf", "csv"] = "pdf"

    @model_validator(mode="after")
    def _demand_one_of_both(self) -> Self:
        if (self.order_ids is None) == (self.worklist is None):
            raise PydanticCustomError("orders_or_list", "Name order_ids or a worklist.")
        return self


class DocumentView(BaseModel):
    """How often a document of an order was printed, and by whom at last."""

    kind: str
    copies: int
    first_at: Moment
    last_at: Moment
    last_by: str
