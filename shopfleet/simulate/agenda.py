"""What is still to happen to orders, earliest first."""

import heapq
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shopfleet.simulate.acting import Order
from shopfleet.simulate.deeds import Step


@dataclass(slots=True)
class Agenda:
    """What is still to happen, earliest first, and a count of what was done."""

    done: Counter[str] = field(default_factory=Counter)
    latest_error: str = ""
    _queue: list[tuple[datetime, int, Order, tuple[Step, ...]]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def add(self, order_id: str, steps: Sequence[Step]) -> None:
        """Plan the further steps of an order."""
        self.put(Order(order_id), tuple(steps))

    def put(self, order: Order, steps: tuple[Step, ...]) -> None:
        """Plan steps of an order that is known already; the next one when the first is done."""
        if steps:
            heapq.heappush(self._queue, (steps[0].at, next(self._numbers), order, steps))

    def take_due(self, now: datetime) -> tuple[Order, tuple[Step, ...]] | None:
        """Take what is due first; None if nothing is due yet."""
        if not self._queue or self._queue[0][0] > now:
            return None
        _, _, order, steps = heapq.heappop(self._queue)
        return order, steps

    def note_refusal(self, error: str) -> None:
        """Count what the API would not take, and keep why."""
        self.done["failed"] += 1
        self.latest_error = error

    def __len__(self) -> int:
        return len(self._queue)
