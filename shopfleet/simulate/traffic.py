"""Playing stories to the API: a stretch of the past in batches, then live, step by step."""

import asyncio
import heapq
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.problems import ProblemError, ShopfleetError
from shopfleet.simulate.day import row_at
from shopfleet.simulate.shops import Shop
from shopfleet.simulate.stories import HOUSE, HURRIED, Deed, Step, Story, tell_story

BATCH_ROWS = 500
IN_FLIGHT = 8
LONGEST_WAIT_SECONDS = 0.5
LEFT = (Deed.SHIP, Deed.CANCEL)
REFUND_STEPS = (Deed.APPROVE_REFUND, Deed.PAY_REFUND)
BESIDE = (Deed.OPEN_PROBLEM, Deed.REGISTER_WRONG, Deed.DISPUTE)
"""What no row tells: it is told of the past one by one."""


@dataclass(slots=True)
class _Order:
    """An order that goes on: its id, and its refund's and problem's once there is one."""

    order_id: str
    refund_id: str = ""
    problem_id: str = ""


@dataclass(slots=True)
class Agenda:
    """What is still to happen, earliest first, and a count of what was done."""

    done: Counter[str] = field(default_factory=Counter)
    latest_error: str = ""
    _queue: list[tuple[datetime, int, _Order, tuple[Step, ...]]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def add(self, order_id: str, steps: Sequence[Step]) -> None:
        """Plan the further steps of an order."""
        self.put(_Order(order_id), tuple(steps))

    def put(self, order: _Order, steps: tuple[Step, ...]) -> None:
        """Plan steps of an order that is known already; the next one when the first is done."""
        if steps:
            heapq.heappush(self._queue, (steps[0].at, next(self._numbers), order, steps))

    def take_due(self, now: datetime) -> tuple[_Order, tuple[Step, ...]] | None:
        """Take what is due first; None if nothing is due yet."""
        if not self._queue or self._queue[0][0] > now:
            return None
        _, _, order, steps = heapq.heappop(self._queue)
        return order, steps

    def __len__(self) -> int:
        return len(self._queue)


async def play_past(
    client: AsyncClient,
    stories: Iterable[Story],
    until: datetime,
    *,
    agenda: Agenda,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Send orders with all that happened to them by `until`; plan the rest in the agenda.

    Returns the outcomes by kind. Safe to repeat with the same stories. Raises ShopfleetError.
    """
    outcomes: Counter[str] = Counter()
    waiting = list(stories)
    for begin in range(0, len(waiting), BATCH_ROWS):
        batch = waiting[begin : begin + BATCH_ROWS]
        answer = await client.send(calls.place_orders(row_at(story, until) for story in batch))
        house = _HouseWork()
        beside: list[tuple[_Order, Step]] = []
        outcomes.update(row.outcome for row in answer.outcomes)
        for story, row in zip(batch, answer.outcomes, strict=True):
            if row.is_rejected:
                agenda.latest_error = "; ".join(error.detail for error in row.errors)
            else:
                order = _Order(str(row.body["order_id"]))
                past = [step for step in story.steps if step.at <= until]
                house.note(order.order_id, past)
                beside += _told_beside(order, past)
                agenda.put(order, tuple(step for step in story.steps if step.at > until))
        await house.send(client)
        for order, step in beside:
            await go_on(client, order, step)
        on_progress(len(batch))
    return outcomes


def _told_beside(order: _Order, past: Sequence[Step]) -> list[tuple[_Order, Step]]:
    """Return what is told of an order beside its row; a problem of the past only if it is open."""
    deeds = {step.deed for step in past}
    is_open = Deed.OPEN_PROBLEM in deeds and not deeds & {Deed.SOLVE_PROBLEM, *LEFT}
    return [
        (order, step)
        for step in past
        if step.deed in BESIDE and (is_open or step.deed is not Deed.OPEN_PROBLEM)
    ]


async def go_on(client: AsyncClient, order: _Order, step: Step) -> None:
    """Tell one step of an order. Raises ShopfleetError."""
    if step.deed is Deed.SOLVE_PROBLEM:
        await client.send(calls.close_problem(order.problem_id, step.body))
        return
    part = step.deed.value
    if step.deed in REFUND_STEPS:
        part = f"refunds/{order.refund_id}/{part}"
    key = f"{order.order_id}-{part}" if step.deed in BESIDE else None  # these have no natural key
    call = calls.extend_order(order.order_id, part, step.body, idempotency_key=key)
    answer = await client.send(call)
    if step.deed is Deed.ASK_REFUND:
        order.refund_id = refund_id_of(answer, str(step.body["external_id"]))
    elif step.deed is Deed.OPEN_PROBLEM:
        order.problem_id = str(answer["problem"]["problem_id"])


@dataclass(slots=True)
class _HouseWork:
    """What the shop did by now with orders that are still in its house: the last of each deed."""

    rows: dict[Deed, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {deed: {} for deed in HOUSE}
    )

    def note(self, order_id: str, past: Sequence[Step]) -> None:
        if any(step.deed in LEFT for step in past):
            return
        for step in past:
            if step.deed in HOUSE:
                self.rows[step.deed][order_id] = {"order_id": order_id, **step.body}

    async def send(self, client: AsyncClient) -> None:
        for deed, rows in self.rows.items():
            if rows:
                await client.send(calls.work_on_orders(deed.name.lower(), rows.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Live orders of some shops: `orders_a_minute` of them together, at random moments."""

    client: AsyncClient
    shops: Sequence[Shop]
    orders_a_minute: float
    agenda: Agenda
    choose: random.Random

    async def run(self) -> None:
        """Go on until cancelled. What the API refuses is counted, and the traffic goes on."""
        places = asyncio.Semaphore(IN_FLIGHT)
        next_order = self._moment_of_next(datetime.now(UTC))
        async with asyncio.TaskGroup() as group:
            while True:
                now = datetime.now(UTC)
                due = self.agenda.take_due(now)
                if due is not None:
                    await places.acquire()
                    task = group.create_task(self._attempt(self._go_on(*due)))
                elif next_order <= now:
                    next_order = self._moment_of_next(next_order)
                    await places.acquire()
                    task = group.create_task(self._attempt(self._place(now)))
                else:
                    wait = min((next_order - now).total_seconds(), LONGEST_WAIT_SECONDS)
                    await asyncio.sleep(wait)
                    continue
                task.add_done_callback(lambda _: places.release())

    def _moment_of_next(self, previous: datetime) -> datetime:
        if self.orders_a_minute <= 0:
            return datetime.max.replace(tzinfo=UTC)
        return previous + timedelta(minutes=self.choose.expovariate(self.orders_a_minute))

    async def _attempt(self, deed: Awaitable[None]) -> None:
        try:
            await deed
        except (ShopfleetError, KeyError) as error:  # KeyError: an answer without what it promises
            self.agenda.done["failed"] += 1
            self.agenda.latest_error = str(error)

    async def _place(self, now: datetime) -> None:
        shares = [shop.share_of_orders for shop in self.shops]
        shop = self.choose.choices(self.shops, shares)[0]
        story = tell_story(self.choose, shop, now, pace=HURRIED)
        answer = await self.client.send(calls.place_order(story.order))
        self.agenda.done["orders"] += 1
        self.agenda.add(str(answer["order"]["order_id"]), story.steps)

    async def _go_on(self, order: _Order, steps: tuple[Step, ...]) -> None:
        step, *rest = steps
        try:
            await go_on(self.client, order, step)
        except ProblemError as error:
            if error.status < 500:  # noqa: PLR2004 - refused for good: this order's story ends
                raise
            self.agenda.put(order, steps)
            raise
        self.agenda.done[step.deed.name.lower()] += 1
        self.agenda.put(order, tuple(rest))


def refund_id_of(answer: dict[str, Any], external_id: str) -> str:
    """Find a refund in the order that the API answers."""
    order = answer.get("order", answer)
    for refund in order["refunds"]:
        if refund["external_id"] == external_id:
            return str(refund["refund_id"])
    raise ShopfleetError(f"the answer does not name the refund {external_id}")
