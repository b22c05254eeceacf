"""Events for tests of the log: numbered facts of keys, an owner's log, and a reader's effects."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.orders import OrderDelivered
from shared.db.engine import Database
from shared.kafka.ports import Arrival
from shared.log.feed import TrimmedError, read_heads, read_page
from shared.log.feed_client import FeedHeads, FeedTrimmedError, record_of
from shared.log.writer import state

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
OWNER = "orders"


def fact(key: str, number: int = 1, **values: Any) -> OrderDelivered:
    """A fact of a key; `number` tells it from others of the key."""
    return OrderDelivered(
        **{
            "occurred_at": MOMENT,
            "store_id": "s1",
            "timezone": "Asia/Shanghai",
            "order_id": key,
            "external_id": str(number),
            "currency": "CNY",
            "placed_at": MOMENT,
            **values,
        }
    )


async def state_facts(database: Database, *facts: Event) -> list[int]:
    """State events in one transaction of their own."""
    async with database.transaction() as session:
        return await state(session, *facts)


class DirectFeed:
    """The owner's feed without HTTP; counts what it was asked for."""

    def __init__(self, database: Database, owner: str = OWNER) -> None:
        self._database = database
        self._owner = owner
        self.pages = 0

    async def heads(self, owner: str) -> FeedHeads:
        assert owner == self._owner
        async with self._database.reading() as session:
            heads = await read_heads(session)
        return FeedHeads(heads.log_id, heads.sequences, heads.at, heads.trimmed)

    async def page(self, owner: str, partition: int, after: int) -> list[Arrival]:
        assert owner == self._owner
        self.pages += 1
        async with self._database.reading() as session:
            try:
                page = await read_page(session, owner, partition, after=after)
            except TrimmedError as error:
                raise FeedTrimmedError(str(error)) from error
        return [record_of(wire) for wire in page.events]


class Effects:
    """Writes what it hears into a table that keeps order and repeats: `effects`."""

    types = frozenset({OrderDelivered.type})

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        parameters = {
            "keys": [event.subject for event in events],
            "numbers": [int(event.data.external_id) for event in events],  # type: ignore[attr-defined]
        }
        await session.execute(_APPLY, parameters)


class PreparedEffects(Effects):
    """Does the same in two steps."""

    def prepare(
        self, events: Sequence[CloudEvent[Event]], former: list[CloudEvent[Event]] | None
    ) -> list[CloudEvent[Event]]:
        return [*(former or []), *events]

    async def apply_prepared(
        self, session: AsyncSession, prepared: Sequence[CloudEvent[Event]]
    ) -> None:
        await self.apply(session, prepared)


_APPLY = text("""
    INSERT INTO effects (key, number)
    SELECT key, number FROM unnest(CAST(:keys AS text[]), CAST(:numbers AS integer[]))
         WITH ORDINALITY AS e (key, number, place) ORDER BY place
""")


async def make_effects(database: Database) -> None:
    """Create the table of `Effects`, and of `apply_fact`."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "CREATE TABLE IF NOT EXISTS effects"
                " (id bigint GENERATED ALWAYS AS IDENTITY, key text, number integer)"
            )
        )


async def apply_fact(session: AsyncSession, event: CloudEvent[OrderDelivered]) -> None:
    """Do the same as a handler."""
    await session.execute(
        text("INSERT INTO effects (key, number) VALUES (:key, :number)"),
        {"key": event.subject, "number": int(event.data.external_id)},
    )


async def effects_of(database: Database) -> dict[str, list[int]]:
    """Return the numbers per key, in the order they took effect."""
    found: dict[str, list[int]] = defaultdict(list)
    async with database.reading() as session:
        for key, number in await session.execute(
            text("SELECT key, number FROM effects ORDER BY id")
        ):
            found[key].append(number)
    return dict(found)
