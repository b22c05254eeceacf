"""Faults at random moments: processes killed and started again, or paused for a while."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shopfleet.prove.fleet import BROKER, ORDERS_API, ORDERS_RELAY, POSTGRES, READER, Fleet

KILLED = (ORDERS_API, ORDERS_RELAY, READER, BROKER, POSTGRES)
PAUSED = frozenset({ORDERS_RELAY, READER})
PAUSE_SHARE = 0.5
LONGEST_PAUSE_SECONDS = 7.0
"""Longer than the lock of a relay that says nothing is kept."""
LONGEST_DOWN_SECONDS = 1.0


@dataclass(slots=True)
class Faults:
    """Kills every victim so many times within a time, each in a lane of its own."""

    fleet: Fleet
    seed: int
    kills: int
    say: Callable[[str], None]
    done: Counter[str] = field(default_factory=Counter)

    async def inject(self, *, within_seconds: float, victims: Sequence[str] = KILLED) -> None:
        """Inject all of them; raises StackFailedError if something does not come back."""
        async with asyncio.TaskGroup() as lanes:
            for name in victims:
                lanes.create_task(self._lane(name, within_seconds / max(self.kills, 1)))

    async def _lane(self, name: str, slot: float) -> None:
        choose = random.Random(f"{self.seed} {name}")  # noqa: S311 - repeatable on purpose
        began = time.monotonic()
        for turn in range(self.kills):
            due = began + slot * (turn + choose.uniform(0.1, 0.6))
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
            if name in PAUSED and choose.random() < PAUSE_SHARE:
                await self._pause(name, choose.uniform(0.2, LONGEST_PAUSE_SECONDS))
            await self._kill(name, choose.uniform(0.0, LONGEST_DOWN_SECONDS))

    async def _kill(self, name: str, down_seconds: float) -> None:
        self.fleet.kill(name)
        self.done[f"{name} killed"] += 1
        self.say(f"{name} killed")
        await asyncio.sleep(down_seconds)
        await self.fleet.revive(name)

    async def _pause(self, name: str, seconds: float) -> None:
        role = self.fleet.roles[name]
        role.pause()
        self.done[f"{name} paused"] += 1
        self.say(f"{name} paused for {seconds:.1f} s")
        try:
            await asyncio.sleep(seconds)
        finally:
            role.resume()
