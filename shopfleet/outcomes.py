"""What answers hold: pages, and one outcome per row of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from shopfleet.problems import FieldError

REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `next_cursor` is None at the end, `watermark` the `updated_since` to use next."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    watermark: str | None


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row: created, updated, unchanged, stale or rejected with `errors`.

    `index` is the row's place in the batch, from 0. `body` is the outcome as the API said it.
    """

    index: int
    outcome: str
    errors: tuple[FieldError, ...]
    body: Mapping[str, Any]

    @property
    def is_rejected(self) -> bool:
        """Whether the row was not taken."""
        return self.outcome == REJECTED


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of each row of a batch; `counts` by outcome."""

    counts: Mapping[str, int]
    outcomes: tuple[RowOutcome, ...]
    is_dry_run: bool


def read_page(response: httpx.Response) -> Page:
    """Read a page of a list."""
    body = response.json()
    return Page(body["items"], body.get("next_cursor"), body.get("watermark"))


def read_batch(response: httpx.Response) -> BatchAnswer:
    """Read the outcomes of a batch."""
    body = response.json()
    return BatchAnswer(
        counts=body["counts"],
        outcomes=tuple(_row_outcome(item) for item in body["outcomes"]),
        is_dry_run=response.headers.get("Dry-Run") == "true",
    )


def _row_outcome(item: Mapping[str, Any]) -> RowOutcome:
    errors = tuple(
        FieldError(str(error.get("pointer", "")), str(error["code"]), str(error["detail"]))
        for error in item.get("errors") or ()
    )
    return RowOutcome(int(item["index"]), str(item["outcome"]), errors, item)
