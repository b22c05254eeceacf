"""`GET /v1/feeds/{service}`: the sure way from an owner's log to its readers."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response, Security
from pydantic import AwareDatetime, BaseModel

from shared.contracts.catalogue import PARTITIONS
from shared.log.feed import PAGE_EVENTS, read_heads, read_page
from shared.log.readers import registered_readers
from shared.web.callers import Caller, require
from shared.web.transactional import SessionDep, TransactionalRoute

_encoder = msgspec.json.Encoder()


class HeadsView(BaseModel):
    """How far the log goes: the last number per partition, and what was trimmed.

    All that was committed before `at` has a number up to the heads; null while events wait.
    """

    log_id: UUID
    sequences: dict[int, int]
    trimmed: dict[int, int]
    at: AwareDatetime | None


class ReaderView(BaseModel):
    """A reader that the log is kept for; `taken` counts the events it has had, in all."""

    reader: str
    taken: int
    partitions: int
    stated_at: AwareDatetime


def feed_router(service: str) -> APIRouter:
    """Return the feed of a service that states events; for its readers, and who audits them."""
    router = APIRouter(route_class=TransactionalRoute, tags=["feed"])
    reading = Security(require("feed:read"))

    @router.get(f"/v1/feeds/{service}/heads")
    async def show_heads(session: SessionDep, caller: Annotated[Caller, reading]) -> HeadsView:
        """Say how far the log goes."""
        del caller
        return HeadsView.model_validate((await read_heads(session))._asdict())

    @router.get(f"/v1/feeds/{service}/readers")
    async def list_readers(
        session: SessionDep, caller: Annotated[Caller, reading]
    ) -> list[ReaderView]:
        """List the readers below which the log is never trimmed."""
        del caller
        found = await registered_readers(session)
        return [ReaderView.model_validate(reader._asdict()) for reader in found]

    @router.get(f"/v1/feeds/{service}", response_class=Response)
    async def read_feed(
        session: SessionDep,
        caller: Annotated[Caller, reading],
        partition: Annotated[int, Query(ge=0, lt=PARTITIONS)],
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE_EVENTS)] = PAGE_EVENTS,
    ) -> Response:
        """Read numbered events after a sequence number: `{log_id, head, events}`.

        410 if they are trimmed away.
        """
        del caller
        page = await read_page(session, service, partition, after=after, limit=limit)
        body = {
            "log_id": page.log_id,
            "head": page.head,
            "events": [msgspec.Raw(event) for event in page.events],
        }
        return Response(_encoder.encode(body), media_type="application/json")

    return router
