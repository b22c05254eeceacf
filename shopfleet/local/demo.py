"""The demo of the local stack: stores, a simulated day, the gap since the last run, live orders."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from shopfleet.client import AsyncClient
from shopfleet.local.state import State, Stretch
from shopfleet.simulate.agenda import Agenda
from shopfleet.simulate.day import DAY, earlier_days, simulated_stretch
from shopfleet.simulate.deeds import Story
from shopfleet.simulate.opening import open_shops
from shopfleet.simulate.past import play_past
from shopfleet.simulate.shops import DEMO_SHOPS
from shopfleet.simulate.traffic import Traffic

SEED = 1
FIRST_STRETCH = 2 * DAY  # so that today can be held against yesterday
GAP_ORDERS_AN_HOUR = 60
MAX_GAP_ORDERS = 800
SHORTEST_GAP = timedelta(minutes=2)
NOTE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """Demo orders of one stack: `first_orders` once, then `orders_a_minute` while it runs."""

    state: State
    client: AsyncClient
    first_orders: int
    orders_a_minute: float
    agenda: Agenda = field(default_factory=Agenda)

    def stretch(self, now: datetime) -> Stretch | None:
        """Say which orders to send before the live ones; None for none.

        The first time two days up to now; later the gap since the last run, modestly. What a run
        had begun is sent again as it was: orders that arrived then are unchanged.
        """
        begun = self.state.begun_stretch
        if begun is not None:
            return begun
        until = self.state.simulated_until
        if until is None:
            return Stretch(now - FIRST_STRETCH, now, self.first_orders)
        since = max(until, now - DAY)
        if now - since < SHORTEST_GAP:
            return None
        hours = (now - since) / timedelta(hours=1)
        return Stretch(since, now, min(MAX_GAP_ORDERS, round(hours * GAP_ORDERS_AN_HOUR)))

    async def open_stores(self) -> None:
        """Open the demo stores; raises ShopfleetError."""
        await open_shops(self.client, DEMO_SHOPS)

    async def send(self, stretch: Stretch, on_progress: Callable[[int], None]) -> Counter[str]:
        """Send the orders of a stretch, and before the first one a few of earlier days.

        Raises ShopfleetError.
        """
        self.state.begin_stretch(stretch)
        stories = [
            *(() if self.state.simulated_until else self._earlier(stretch)),
            *simulated_stretch(
                stretch.since, stretch.until, SEED, orders=stretch.orders, shops=DEMO_SHOPS
            ),
        ]
        outcomes = await play_past(
            self.client, stories, stretch.until, agenda=self.agenda, on_progress=on_progress
        )
        self.state.note_simulated(stretch.until)
        return outcomes

    def _earlier(self, stretch: Stretch) -> Iterator[Story]:
        return earlier_days(stretch.since, SEED, stretch.orders, shops=DEMO_SHOPS)

    async def go_on(self) -> None:
        """Send live orders until cancelled, and note how far they have come."""
        traffic = Traffic(
            client=self.client,
            shops=DEMO_SHOPS,
            orders_a_minute=self.orders_a_minute,
            agenda=self.agenda,
            choose=random.Random(),  # noqa: S311 - make-believe
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(traffic.run())
            group.create_task(self._keep_note())

    @property
    def told(self) -> str:
        """What the live orders came to, in one line; empty if there were none."""
        counts = sorted(self.agenda.done.items())
        told = ", ".join(f"{count:,} {deed.replace('_', ' ')}" for deed, count in counts)
        if self.agenda.done["failed"]:
            told += f"; the latest failure: {self.agenda.latest_error}"
        return told

    async def _keep_note(self) -> None:
        while True:
            self.state.note_simulated(datetime.now(UTC))
            await asyncio.sleep(NOTE_SECONDS)
