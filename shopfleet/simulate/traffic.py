"""Live traffic: orders of some shops that are placed and go on, step by step."""

import asyncio
import random
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from shopfleet import calls
from shopfleet.client import AsyncClient
from shopfleet.problems import ProblemError, ShopfleetError
from shopfleet.simulate.acting import Order, go_on
from shopfleet.simulate.agenda import Agenda
from shopfleet.simulate.deeds import HURRIED, Step
from shopfleet.simulate.shops import Shop
from shopfleet.simulate.stories import tell_story

IN_FLIGHT = 8
LONGEST_WAIT_SECONDS = 0.5


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
            self.agenda.note_refusal(str(error))

    async def _place(self, now: datetime) -> None:
        shares = [shop.share_of_orders for shop in self.shops]
        shop = self.choose.choices(self.shops, shares)[0]
        story = tell_story(self.choose, shop, now, pace=HURRIED)
        answer = await self.client.send(calls.place_order(story.order))
        self.agenda.done["orders"] += 1
        self.agenda.add(str(answer["order"]["order_id"]), story.steps)

    async def _go_on(self, order: Order, steps: tuple[Step, ...]) -> None:
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
