"""What this service does when others tell something."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.usecases.inspecting import note_inspection
from services.orders.usecases.stock import hear_stock
from shared.contracts.envelope import CloudEvent, Event
from shared.contracts.inventory_reservations import (
    ReservationEvent,
    ReturnInspected,
    StockRejected,
    StockReleased,
    StockReserved,
)

READER = "orders"
"""The reader of other services' events, and its consumer group."""


class InventoryApplier:
    """Takes what inventory states in batches: most of it is one word on an order's stock."""

    types = frozenset(
        event.type for event in (ReturnInspected, StockRejected, StockReleased, StockReserved)
    )

    async def apply(self, session: AsyncSession, events: Sequence[CloudEvent[Event]]) -> None:
        """Note the stock of orders, and bring inspections to their cases."""
        told = [event.data for event in events]
        await hear_stock(session, [each for each in told if isinstance(each, ReservationEvent)])
        for each in told:
            if isinstance(each, ReturnInspected):
                await note_inspection(session, each)


APPLIER = InventoryApplier()
