"""Playing the past to the API: orders in batches, and beside them what no row of an order tells."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.problems import ProblemError
from shopfleet.simulate.acting import Order, go_on
from shopfleet.simulate.agenda import Agenda
from shopfleet.simulate.day import row_at
from shopfleet.simulate.deeds import BEFORE_HOUSE, HOUSE, Deed, Step, Story
from shopfleet.simulate.settling import settlements_of

BATCH_ROWS = 500
REPORTS = 1000
IN_FLIGHT = 8
LEFT = (Deed.SHIP, Deed.CANCEL)
IN_ROW = (
    *(Deed.PAY, Deed.SHIP, Deed.COMPLETE, Deed.CANCEL),
    *(Deed.ASK_REFUND, Deed.APPROVE_REFUND, Deed.PAY_REFUND),
)


async def play_past(
    client: AsyncClient,
    stories: Iterable[Story],
    until: datetime,
    *,
    agenda: Agenda,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Send orders with what their rows and batches tell by `until`; plan the rest in the agenda.

    What is told one by one is due there at once: `catch_up` tells it, or live traffic does. Returns
    the outcomes by kind. Safe to repeat with the same stories. Raises ShopfleetError.
    """
    outcomes: Counter[str] = Counter()
    waiting = list(stories)
    past = _Past(client, until, agenda)
    for begin in range(0, len(waiting), BATCH_ROWS):
        batch = waiting[begin : begin + BATCH_ROWS]
        outcomes += await past.play(batch)
        on_progress(len(batch))
    settlements = settlements_of(waiting, until)
    if settlements:
        await client.send(calls.settle_orders(settlements))
    return outcomes


async def catch_up(client: AsyncClient, agenda: Agenda, until: datetime) -> None:
    """Tell all that is due by a moment, of several orders at a time.

    What is refused ends its order's story and is counted. Raises ShopfleetError.
    """
    places = asyncio.Semaphore(IN_FLIGHT)
    async with asyncio.TaskGroup() as group:
        while (due := agenda.take_due(until)) is not None:
            group.create_task(_tell(client, agenda, *due, until=until, places=places))


async def _tell(
    client: AsyncClient,
    agenda: Agenda,
    order: Order,
    steps: tuple[Step, ...],
    *,
    until: datetime,
    places: asyncio.Semaphore,
) -> None:
    async with places:
        for step in steps:
            if step.at > until:
                break
            try:
                await go_on(client, order, step)
            except ProblemError as error:
                if error.status >= 500:  # noqa: PLR2004 - not this order's doing
                    raise
                agenda.note_refusal(f"{step.deed.name}: {error}")
                return
    agenda.put(order, tuple(step for step in steps if step.at > until))


@dataclass(slots=True)
class _Told:
    """An order of the past, and what is known to have happened to it."""

    story: Story
    order: Order
    past: tuple[Step, ...]
    deeds: frozenset[Deed] = field(init=False)

    def __post_init__(self) -> None:
        self.deeds = frozenset(step.deed for step in self.past)

    @property
    def is_here(self) -> bool:
        """Whether its goods are still in the house."""
        return not self.deeds & {*LEFT}

    def before_house(self) -> list[Step]:
        """Return what is told of it before the shop's own work."""
        return [step for step in self.past if step.deed in BEFORE_HOUSE and self.is_here]

    def beside(self) -> list[Step]:
        """Return what is told of it one by one; a problem or an urgent mark only if it lasts."""
        silent = {*IN_ROW, *HOUSE, *BEFORE_HOUSE, Deed.CHASE, Deed.TRACK, Deed.SOLVE_PROBLEM}
        if not self.is_here or Deed.SOLVE_PROBLEM in self.deeds:
            silent.add(Deed.OPEN_PROBLEM)
        if Deed.PAY_REFUND in self.deeds:
            silent.add(Deed.URGE_REFUND)
        return [step for step in self.past if step.deed not in silent]


@dataclass(frozen=True, slots=True)
class _Past:
    """Plays batches of stories up to a moment."""

    client: AsyncClient
    until: datetime
    agenda: Agenda

    async def play(self, stories: Sequence[Story]) -> Counter[str]:
        """Send a batch with all that happened to it; return the outcomes by kind."""
        told, outcomes = await self._place(stories)
        await self._tell_first(told, _Told.before_house)
        await self._work_in_house(told)
        await self._track(told)
        for each in told:
            rest = (step for step in each.story.steps if step.at > self.until)
            self.agenda.put(each.order, (*each.beside(), *rest))
        return outcomes

    async def _place(self, stories: Sequence[Story]) -> tuple[list[_Told], Counter[str]]:
        """Send the rows; of an order that was chased first what it was when it was."""
        told: list[_Told] = []
        rows = [row_at(story, _chased_at(story, self.until)) for story in stories]
        answer = await self.client.send(calls.place_orders(rows))
        for story, row in zip(stories, answer.outcomes, strict=True):
            if row.is_rejected:
                self.agenda.latest_error = "; ".join(error.detail for error in row.errors)
            else:
                past = tuple(step for step in story.steps if step.at <= self.until)
                told.append(_Told(story, Order(str(row.body["order_id"])), past))
        chased = [each for each in told if Deed.CHASE in each.deeds]
        if chased:
            await self._tell_first(chased, lambda each: [_first(each.past, Deed.CHASE)])
            await self.client.send(
                calls.place_orders(row_at(each.story, self.until) for each in chased)
            )
        return told, Counter(row.outcome for row in answer.outcomes)

    async def _work_in_house(self, told: Iterable[_Told]) -> None:
        """Tell what the shop did by now with orders that are still there: the last of each deed."""
        here = [each for each in told if each.is_here]
        for deed in HOUSE:
            rows: dict[str, dict[str, Any]] = {}
            for each in here:
                for step in each.past:
                    if step.deed is deed:
                        number = each.order.order_id
                        rows[number] = {"order_id": number, **step.body}
            if rows:
                await self.client.send(calls.work_on_orders(deed.name.lower(), rows.values()))

    async def _track(self, told: Iterable[_Told]) -> None:
        """Tell where each parcel was last seen that is not there yet."""
        reports = [row for each in told for row in _newest_reports(each.past)]
        for begin in range(0, len(reports), REPORTS):
            await self.client.send(calls.track_parcels(reports[begin : begin + REPORTS]))

    async def _tell_first(
        self, told: Iterable[_Told], steps_of: Callable[[_Told], list[Step]]
    ) -> None:
        """Tell at once what later batches rest on."""
        first = Agenda(self.agenda.done)
        for each in told:
            first.put(each.order, tuple(steps_of(each)))
        await catch_up(self.client, first, self.until)
        self.agenda.latest_error = first.latest_error or self.agenda.latest_error


def _chased_at(story: Story, until: datetime) -> datetime:
    """Return until when an order is told of at first: till it was chased, if it was."""
    for step in story.steps:
        if step.deed is Deed.CHASE and step.at <= until:
            return step.at - timedelta(seconds=1)
    return until


def _first(steps: Iterable[Step], deed: Deed) -> Step:
    return next(step for step in steps if step.deed is deed)


def _newest_reports(past: Sequence[Step]) -> Iterator[dict[str, Any]]:
    reports = [step.body["rows"] for step in past if step.deed is Deed.TRACK]
    if reports and reports[-1][0]["state"] != "delivered":  # its row says so
        yield from reports[-1]
