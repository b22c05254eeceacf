"""`GET /v1/receipts/{service}`: what became of a row: accepted, published, reported."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Security
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.kernel.refusals import NotFoundError
from shared.web.bodies import ExternalId, StoreId
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

REPORTING = "reporting"
"""The reader whose word makes a row reported."""

_PROGRESS = text("""
    SELECT o.sequence <= l.mark_sequence, coalesce(o.sequence < r.next_sequence, false)
    FROM event_order o
    JOIN log_lanes l ON l.partition = o.partition
    LEFT JOIN log_readers r ON r.partition = o.partition AND r.reader = :reader
        AND r.log_id = (SELECT log_id FROM log_identity WHERE is_current)
    WHERE o.event_id = :event_id
""")
_IS_PENDING = text("SELECT EXISTS (SELECT FROM event_pending WHERE event_id = :event_id)")


class ReceiptUnknownError(NotFoundError):
    """No such receipt, or not of the caller's stores."""

    kind = "receipt-unknown"


class Receipt(NamedTuple):
    """An accepted write: the last event that tells of it."""

    receipt: str
    store_id: str
    event_id: int
    accepted_at: datetime


class ReceiptView(BaseModel):
    """How far a row came.

    `accepted`: stored with its events. `published`: on Kafka, acknowledged. `reported`: reporting
    has stated a position past it, so every figure holds it.
    """

    receipt: str
    state: Literal["accepted", "published", "reported"]
    accepted_at: datetime


Find = Callable[[AsyncSession, str], Awaitable[Receipt | None]]
"""Finds a write by its receipt."""

FindLast = Callable[[AsyncSession, str, str], Awaitable[Receipt | None]]
"""Finds the last write of what a store calls by an external id."""


async def state_of(
    session: AsyncSession, event_id: int
) -> Literal["accepted", "published", "reported"]:
    """Return how far an event came; one that was trimmed had been read by all readers."""
    found = await session.execute(_PROGRESS, {"event_id": event_id, "reader": REPORTING})
    row = found.one_or_none()
    if row is None:
        pending = await session.execute(_IS_PENDING, {"event_id": event_id})
        return "accepted" if pending.scalar_one() else "reported"
    is_published, is_reported = row
    if is_reported:
        return "reported"
    return "published" if is_published else "accepted"


def receipts_router(service: str, scope: str, find: Find, find_last: FindLast) -> APIRouter:
    """Return the routes that answer for the writes of a service to callers with a scope."""
    router = APIRouter(route_class=TransactionalRoute, tags=["receipts"])
    reading = Security(require(scope))

    async def show(session: AsyncSession, caller: Caller, found: Receipt | None) -> ReceiptView:
        if found is None or not caller.may_see(found.store_id):
            raise ReceiptUnknownError("There is no such receipt among your stores.")
        return ReceiptView(
            receipt=found.receipt,
            state=await state_of(session, found.event_id),
            accepted_at=found.accepted_at,
        )

    @router.get(f"/v1/receipts/{service}")
    async def find_receipt(
        external_id: Annotated[ExternalId, Query()],
        store_id: Annotated[StoreId, Query()],
        session: SessionDep,
        caller: Annotated[Caller, reading],
    ) -> ReceiptView:
        """Say how far the last write of a row came."""
        return await show(session, caller, await find_last(session, store_id, external_id))

    @router.get(f"/v1/receipts/{service}/{{receipt}}")
    async def show_receipt(
        receipt: str, session: SessionDep, caller: Annotated[Caller, reading]
    ) -> ReceiptView:
        """Say how far a write came."""
        return await show(session, caller, await find(session, receipt))

    return router
