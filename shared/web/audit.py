"""`GET /v1/audit/{service}`: the trail of changes, newest first."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Security
from pydantic import BaseModel
from sqlalchemy import text

from shared.web.bodies import StoreId
from shared.web.callers import Caller, require
from shared.web.key_uses import KeyUseView, find_key_uses
from shared.web.pages import (
    BadCursorError,
    Page,
    PageQuery,
    Position,
    cut_page,
    decode_cursor,
)
from shared.web.transactional import SessionDep, TransactionalRoute

_FIND = text("""
    SELECT id, happened_at, caller, action, subject, store_id, before, after, trace
    FROM audit_trail
    WHERE (CAST(:stores AS text[]) IS NULL OR store_id = ANY(:stores))
      AND (CAST(:subject AS text) IS NULL OR subject = :subject)
      AND (CAST(:caller AS text) IS NULL OR caller = :caller)
      AND (CAST(:action AS text) IS NULL OR action = :action)
      AND (CAST(:before_id AS bigint) IS NULL OR id < :before_id)
    ORDER BY id DESC
    LIMIT :limit
""")


class AuditQuery(PageQuery):
    """What lines are asked for."""

    store_id: StoreId | None = None
    subject: str | None = None
    caller: str | None = None
    action: str | None = None


class AuditLine(BaseModel):
    """One change; `before` and `after` hold what differs."""

    id: int
    happened_at: datetime
    caller: str
    action: str
    subject: str
    store_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    trace: str | None


def audit_router(service: str) -> APIRouter:
    """Return the routes that show what people and keys did to a service."""
    router = APIRouter(route_class=TransactionalRoute, tags=["audit"])

    @router.get(f"/v1/audit/{service}")
    async def list_changes(
        query: Annotated[AuditQuery, Query()],
        session: SessionDep,
        caller: Annotated[Caller, Security(require("audit:read"))],
    ) -> Page[AuditLine]:
        """List changes, newest first; changes of no store only to who sees all stores."""
        position = decode_cursor(query.cursor)
        if position is not None and not isinstance(position.id, int):
            raise BadCursorError("This cursor was not given out by this list.")
        asked = {
            "stores": caller.limit(None if query.store_id is None else [query.store_id]),
            "subject": query.subject,
            "caller": query.caller,
            "action": query.action,
            "before_id": position.id if position else None,
            "limit": query.limit + 1,
        }
        found = [AuditLine(**row) for row in (await session.execute(_FIND, asked)).mappings()]
        lines, cursor = cut_page(
            found, query.limit, lambda line: Position(line.happened_at, line.id)
        )
        return Page(items=list(lines), next_cursor=cursor)

    @router.get(f"/v1/key-uses/{service}")
    async def list_key_uses(
        session: SessionDep, caller: Annotated[Caller, Security(require("keys:read"))]
    ) -> list[KeyUseView]:
        """List when each API key was last used here, within a minute."""
        return await find_key_uses(session, caller)

    return router
