"""Sending what an importer read: batches, a few at once, with the outcome of every row."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import httpx

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.importers.drafts import Draft, Rejection, SourceError
from shopfleet.importers.journal import BatchResult, Journal
from shopfleet.outcomes import RowOutcome
from shopfleet.problems import ProblemError, ShopfleetError, UnexpectedAnswerError

REJECTED = "rejected"
IN_FLIGHT = 4


@dataclass(slots=True)
class Summary:
    """What became of all rows of a file: counts by outcome, and every rejected row with reasons."""

    counts: Counter[str] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows were seen."""
        return sum(self.counts.values())

    def add(self, result: BatchResult) -> None:
        """Add what became of a batch."""
        self.counts.update(result.counts)
        self.rejections.extend(result.rejections)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How rows are sent; `journal` None keeps no state, `on_progress` hears rows as they end."""

    client: AsyncClient
    is_dry_run: bool = False
    journal: Journal | None = None
    on_progress: Callable[[int], None] = lambda _: None
    batch_rows: int = calls.BATCH_ROWS


async def send_rows(items: Iterable[Draft | Rejection], sending: Sending) -> Summary:
    """Send every draft and return what became of every row.

    Batches that the journal knows are not sent again. Raises the ShopfleetError of the first batch
    that could not be answered, or the SourceError of the file; what was answered before is in the
    journal. Running it again is safe: orders that are there already are unchanged.
    """
    summary = Summary()
    try:
        async with asyncio.TaskGroup() as group:
            places = asyncio.Semaphore(IN_FLIGHT)
            for number, batch in enumerate(_batches(items, summary, sending)):
                known = sending.journal.result_of(number) if sending.journal else None
                if known is not None:
                    summary.add(known)
                    sending.on_progress(len(batch))
                    continue
                await places.acquire()
                task = group.create_task(_send_numbered(number, batch, summary, sending=sending))
                task.add_done_callback(lambda _: places.release())
    except* (ShopfleetError, SourceError) as errors:
        raise errors.exceptions[0] from None
    summary.rejections.sort(key=lambda row: row.line)
    return summary


def _batches(
    items: Iterable[Draft | Rejection], summary: Summary, sending: Sending
) -> Iterator[list[Draft]]:
    """Gather drafts into batches, the same ones in every run; rejections go to the summary."""
    batch: list[Draft] = []
    for item in items:
        if isinstance(item, Rejection):
            summary.add(BatchResult({REJECTED: 1}, [item]))
            sending.on_progress(1)
            continue
        batch.append(item)
        if len(batch) == sending.batch_rows:
            yield batch
            batch = []
    if batch:
        yield batch


async def _send_numbered(
    number: int, batch: Sequence[Draft], summary: Summary, *, sending: Sending
) -> None:
    result = await _send_batch(batch, sending)
    if sending.journal is not None:
        sending.journal.note(number, result)
    summary.add(result)
    sending.on_progress(len(batch))


async def _send_batch(batch: Sequence[Draft], sending: Sending) -> BatchResult:
    rows = (draft.order for draft in batch)
    try:
        answer = await sending.client.send(calls.place_orders(rows, is_dry_run=sending.is_dry_run))
    except ProblemError as error:
        if error.status != httpx.codes.REQUEST_ENTITY_TOO_LARGE or len(batch) == 1:
            raise
        middle = len(batch) // 2
        first = await _send_batch(batch[:middle], sending)
        second = await _send_batch(batch[middle:], sending)
        counts = Counter(first.counts) + Counter(second.counts)
        return BatchResult(counts, [*first.rejections, *second.rejections])
    if sending.is_dry_run and not answer.is_dry_run:
        raise UnexpectedAnswerError("the server did not say that this was a dry run")
    if [row.index for row in answer.outcomes] != list(range(len(batch))):
        raise UnexpectedAnswerError("the server did not tell the outcome of every row")
    rejections = [
        Rejection(draft.line, draft.external_id, _reasons(row))
        for draft, row in zip(batch, answer.outcomes, strict=True)
        if row.is_rejected
    ]
    return BatchResult(Counter(row.outcome for row in answer.outcomes), rejections)


def _reasons(row: RowOutcome) -> tuple[str, ...]:
    told = tuple(f"{error.pointer}: {error.detail} ({error.code})" for error in row.errors)
    return told or ("the server gave no reason",)
