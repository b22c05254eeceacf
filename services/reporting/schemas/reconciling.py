"""What reconciliation answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class KindView(BaseModel):
    """One kind of fact: what the owner accepted by its own tables, what the figures hold.

    `pending` is accepted less reported; it closes as events arrive. Sums are in minor units, over
    stores of one currency or of several.
    """

    owner: str
    kind: str
    accepted: int
    accepted_minor: int
    reported: int
    reported_minor: int
    pending: int
    pending_minor: int
    drifting_hours: int
    told_at: datetime


class DifferenceView(BaseModel):
    """An hour (its first instant, by the order's placing) that differs for certain."""

    owner: str
    store_id: str
    hour: datetime
    kind: str
    accepted: int
    accepted_minor: int
    reported: int
    reported_minor: int


class NewRepair(BaseModel):
    """A store whose figures are to be made again from an owner's log."""

    model_config = ConfigDict(extra="forbid")

    store_id: Annotated[str, Field(min_length=1, max_length=64)]
    owner: Literal["orders"] = "orders"


class RepairView(BaseModel):
    """A repair of a store's figures; `outcome` is null until it is finished.

    `repaired` changed rows; `unchanged` found the figures to be what the owner's log says;
    `trimmed` and `failed` changed nothing, `detail` says why.
    """

    id: int
    owner: str
    store_id: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str | None
    rows_changed: int | None
    detail: str | None


class Reconciliation(BaseModel):
    """Accepted = reported + parked + pending, per owner and kind; the newest repairs first."""

    as_of: datetime | None
    parked: int
    kinds: list[KindView]
    differences: list[DifferenceView]
    repairs: list[RepairView]
