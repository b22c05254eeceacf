"""Events carried from one service's log to another's reader, in order, without a broker."""

from typing import Any, Protocol

import msgspec
from sqlalchemy import text

from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import CloudEvent, Event
from shared.db.engine import Database

_LOG = text("SELECT id, type, payload FROM event_log WHERE id > :after ORDER BY id")


class Applying(Protocol):
    """What takes events in batches."""

    @property
    def types(self) -> frozenset[str]:
        """The events it wants."""

    async def apply(self, session: Any, events: list[CloudEvent[Event]]) -> None:
        """Take them."""


class Carrier:
    """Carries what one service states to another, each event once."""

    def __init__(self, origin: Database, target: Database, applier: Applying) -> None:
        self._origin, self._target, self._applier = origin, target, applier
        self._after = 0

    async def carry(self) -> int:
        """Carry what is new; return how much of it the target wanted."""
        async with self._origin.transaction() as session:
            rows = (await session.execute(_LOG, {"after": self._after})).all()
        self._after = rows[-1].id if rows else self._after
        events = [_event(row) for row in rows if row.type in self._applier.types]
        if events:
            async with self._target.transaction() as session:
                await self._applier.apply(session, events)
        return len(events)


def _event(row: Any) -> CloudEvent[Event]:
    data = msgspec.json.decode(row.payload, type=EVENTS[row.type])
    return CloudEvent[Event](
        id=str(row.id), source="/shopfleet", type=row.type, time=data.occurred_at,
        subject=data.key(), sequence=str(row.id), partitionkey=data.key(), logid="l",
        receivedat=data.occurred_at, data=data,
    )  # fmt: skip
