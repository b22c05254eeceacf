"""What the routes of rebuilds take and answer."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class NewSwap(BaseModel):
    """The decision to let the rebuilt figures serve.

    Without `accept_differences` only figures that came out equal are swapped.
    """

    model_config = ConfigDict(extra="forbid")

    accept_differences: bool = False


class DifferenceFound(BaseModel):
    """A table in which the sets differ: how many rows, and examples of one store from each set."""

    table: str
    rows: int
    example_store_id: str
    held: list[dict[str, Any]]
    rebuilt: list[dict[str, Any]]


class RebuildView(BaseModel):
    """A rebuild: `building`, then `compared`; `swapped`, `dropped` and `failed` are its ends.

    `events_read` of `events` are in the second set. `wish` is what is about to be done.
    """

    id: int
    asked_by: str
    asked_at: datetime
    state: str
    wish: str | None
    wished_by: str | None
    events_read: int
    events: int
    compared_at: datetime | None
    rows_differing: int | None
    differences: list[DifferenceFound] | None
    finished_at: datetime | None
    detail: str | None


class Rebuilds(BaseModel):
    """The last rebuilds, the newest first."""

    items: list[RebuildView]
