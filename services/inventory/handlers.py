"""What this service does when others tell something."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.inventory.usecases.hearing import HEARD, hear_orders
from services.inventory.usecases.inspecting import EXPECTING, expect_returns
from shared.contracts.envelope import CloudEvent, Event

READER = "inventory"
"""The reader of other services' events, and its consumer group."""


class StockApplier:
    """Takes events of orders in batches: levels are locked once for all of a batch."""

    types = HEARD | {event.type for event in EXPECTING}

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Write what events do to stock, and what they say is to come back."""
        told = [event.data for event in events]
        await hear_orders(session, told)
        await expect_returns(session, told)


APPLIER = StockApplier()
