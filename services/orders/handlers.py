"""What this service does when others tell something."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.usecases.inspecting import note_inspection
from shared.contracts.envelope import CloudEvent
from shared.contracts.inventory_reservations import ReturnInspected
from shared.log.appliers import Handlers

READER = "orders"
"""The reader of other services' events, and its consumer group."""


async def receive_return(session: AsyncSession, event: CloudEvent[Any]) -> None:
    """Bring an inspection to its case."""
    await note_inspection(session, event.data)


HANDLERS = Handlers({ReturnInspected: receive_return})
