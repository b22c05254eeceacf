"""What reconciliation answers."""

from datetime import datetime

from pydantic import BaseModel


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


class Reconciliation(BaseModel):
    """Accepted = reported + parked + pending, per owner and kind."""

    as_of: datetime | None
    parked: int
    kinds: list[KindView]
    differences: list[DifferenceView]
