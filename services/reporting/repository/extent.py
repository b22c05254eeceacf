"""What a statement covers: stores and their spans, a grain, and the SQL that all of them share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.reporting.domain.periods import BucketKey, Grain, Span

Place = tuple[str, str | None, BucketKey]
"""Store (empty where stores are put together), SKU or province (None without), bucket."""

SPANS = """
    SELECT * FROM unnest(CAST(:stores AS text[]), CAST(:firsts AS date[]), CAST(:ends AS date[]),
                         CAST(:begins_at AS timestamptz[]), CAST(:ends_at AS timestamptz[]))
        AS s (store_id, first, ends, begins_at, ends_at)
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """Stores with their spans, and the grain into which they are divided."""

    spans: Mapping[str, Span]
    grain: Grain

    @property
    def opening(self) -> date:
        """Return the first day of all: the bucket of a total, one for stores of every time zone."""
        return min((span.first for span in self.spans.values()), default=date.min)

    @property
    def is_by_hour(self) -> bool:
        """Say whether only the hours tell."""
        return self.grain is Grain.HOUR or any(span.is_by_hour for span in self.spans.values())

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of `SPANS`."""
        spans = list(self.spans.values())
        return {
            "stores": list(self.spans),
            "firsts": [span.first for span in spans],
            "ends": [span.end for span in spans],
            "begins_at": [span.begins for span in spans],
            "ends_at": [span.ends for span in spans],
        }

    def bucket(self, day: str) -> str:
        """Return the SQL of the bucket of a column that holds a business day."""
        return {
            Grain.HOUR: "t.hour",
            Grain.DAY: day,
            Grain.WEEK: f"date_trunc('week', {day})::date",
            Grain.MONTH: f"date_trunc('month', {day})::date",
            Grain.TOTAL: f"DATE '{self.opening}'",
        }[self.grain]
