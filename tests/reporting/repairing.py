"""Orders to repair the figures of, and a feed during whose reading something happens."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from services.reporting.projections.hearing import Hearing
from services.reporting.repair.working import Repairing
from services.reporting.repository.repairs import ask_for, latest
from shared.contracts.envelope import CloudEvent, Event
from shared.db.engine import Database
from shared.kafka.ports import Arrival
from shared.log.dead_letters import list_dead_letters, replay
from tests.reporting.facts import NEVER, a_case, a_refund, an_order
from tests.reporting.lives import STORES
from tests.support.event_stream import DirectFeed
from tests.support.retelling import Retelling

MOMENT = STORES["tokyo"][2]
_PAID = ("orders_paid", "paid_minor")
_CASES = ("cases_opened", "units_in_cases")
TABLES = {
    "store_hour": _PAID, "store_day": _PAID, "sku_day": _PAID, "region_day": _PAID,
    "bridge_day": _PAID, "buyer_store": _PAID, "handling_hour": _CASES, "handling_day": _CASES,
    "reason_day": _CASES, "return_day": _CASES,
}  # fmt: skip
"""The tables of figures, and two measures of each that tests damage."""

SOME_TABLES = tuple(name for name in TABLES if name not in {"handling_day", "reason_day"})
"""Those that stand for the others, where every one of them takes its time."""


def some_orders(first: int = 1, count: int = 6) -> list[Event]:
    """Orders of two stores, in the same hours: paid at once, a day later, never.

    One is refunded; goods of one at each store are to be returned.
    """
    events: list[Event] = []
    for place in range(count):
        placed = MOMENT + timedelta(hours=place)
        paid_at = (None, placed + timedelta(days=1), NEVER)[place % 4 if place % 4 < 3 else 0]
        store = "york" if place % 3 == 2 else "tokyo"
        order = an_order(store, first + place, placed_at=placed, paid_at=paid_at)
        if place == 0:
            order.append(a_refund(order[-1], placed + timedelta(days=1), 2_500))
        if place in {0, 2}:
            order.append(a_case(order[0], placed + timedelta(days=2)))
        events += order
    return events


def damage_to(table: str, statement: str) -> str:
    """Write a statement that damages a table: `{first}` and `{second}` are measures of it."""
    first, second = TABLES[table]
    return statement.format(table=table, first=first, second=second)


class HookedFeed(DirectFeed):
    """The owner's feed; something happens once, after so many pages were read."""

    def __init__(
        self, database: Database, hook: Callable[[], Awaitable[None]], *, after: int = 1
    ) -> None:
        super().__init__(database)
        self._hook: Callable[[], Awaitable[None]] | None = hook
        self._after = after

    async def page(self, owner: str, partition: int, after: int) -> list[Arrival]:
        found = await super().page(owner, partition, after)
        if found and self._hook is not None and self.pages >= self._after:
            hook, self._hook = self._hook, None
            await hook()
        return found


async def repair(
    retold: Retelling, *stores: str, feed: DirectFeed | None = None
) -> list[tuple[str, str | None, int | None]]:
    """Ask for stores and let the role look once; return store, outcome and rows of each."""
    async with retold.reporting.transaction() as session:
        for store_id in stores:
            await ask_for(session, "orders", store_id, "S-1")
    await Repairing(retold.reporting, feed or retold.feed, is_automatic=False).look()
    async with retold.reporting.reading() as session:
        found = await latest(session, stores, len(stores))
    return [(one.store_id, one.outcome, one.rows_changed) for one in reversed(found)]


class Squeamish(Hearing):
    """Cannot take what concerns one order."""

    def prepare(self, events: Sequence[CloudEvent[Event]], former: Any) -> Any:
        if any(event.subject == "o2" for event in events):
            raise ArithmeticError
        return super().prepare(events, former)


async def replay_all(retold: Retelling) -> None:
    async with retold.reporting.transaction() as session:
        letters = await list_dead_letters(session)
        assert letters
        await replay(session, Hearing(), letters[0].id)
