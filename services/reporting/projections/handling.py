"""What becomes of orders after they are placed: added to the wide rows of stores, on both bases."""

from datetime import datetime, timedelta

from services.reporting.domain.measures import HANDLING_MEASURES, TWIN
from services.reporting.projections.sums import Change, Sums, add_twice
from shared.contracts.orders import OrderEvent
from shared.kernel.buckets import bucket_at

_TWIN = HANDLING_MEASURES.index("parcels_shipped" + TWIN)
_SECOND = timedelta(seconds=1)


def place_of(measure: str) -> int:
    """Return where a measure stands in a row."""
    return HANDLING_MEASURES.index(measure)


def handle(sums: Sums, event: OrderEvent, *changes: Change) -> None:
    """Add changes on the event's own day and, at their twins, on that of its order."""
    store_id, timezone, day_start = event.store_id, event.timezone, event.day_start
    own = sums.handling[store_id, bucket_at(event.occurred_at, timezone, day_start)]
    ordered = sums.handling[store_id, bucket_at(event.placed_at, timezone, day_start)]
    add_twice(own, ordered, _TWIN, changes)


def seconds_between(begun: datetime | None, ended: datetime) -> int | None:
    """Return whole seconds; None without a beginning, or where the end came first."""
    return (ended - begun) // _SECOND if begun is not None and begun <= ended else None
