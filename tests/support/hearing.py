"""Events of orders brought to inventory as its reader brings them, and what it states for them."""

from typing import Any

from services.inventory.handlers import APPLIER
from shared.contracts.envelope import CloudEvent, Event
from shared.db.engine import Database
from tests.support.orders import payloads_of, types_of


async def hear(database: Database, *events: Event) -> None:
    """Let the service hear events, as its reader brings them: in one transaction."""
    async with database.transaction() as session:
        await APPLIER.apply(session, wired(*events))


def wired(*events: Event) -> list[CloudEvent[Event]]:
    """Events as they stand on the log."""
    return [
        CloudEvent[Event](
            id=str(number), source="/shopfleet/orders", type=event.type, time=event.occurred_at,
            subject=event.key(), sequence="1", partitionkey=event.key(), logid="l",
            receivedat=event.occurred_at, data=event,
        )
        for number, event in enumerate(events)
    ]  # fmt: skip


async def told(database: Database, *types: str) -> list[dict[str, Any]]:
    """What events of these types say."""
    names, payloads = await types_of(database), await payloads_of(database)
    return [payload for name, payload in zip(names, payloads, strict=True) if name in types]
