"""What this service does when others tell something."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.usecases.hearing import HEARD, hear_orders
from shared.contracts.envelope import CloudEvent, Event

READER = "inventory"
"""The reader of other services' events, and its consumer group."""


class StockApplier:
    """Takes events of orders in batches: levels are locked once for all of a batch."""

    types = HEARD

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Write what events do to stock."""
        await hear_orders(session, [event.data for event in events])


APPLIER = StockApplier()
