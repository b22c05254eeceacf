"""One transaction per request, committed before the answer leaves."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


class TransactionalRoute(APIRoute):
    """A route whose whole work is one transaction: rows, events, audit, idempotency key.

    GET sees one read-only snapshot. Any exception rolls back before it becomes a problem. A plain
    dependency that yields would commit after the answer was sent.
    """

    def get_route_handler(self) -> Handler:
        """Wrap the handler in a transaction."""
        handler = super().get_route_handler()

        async def transactional(request: Request) -> Response:
            database: Database = request.app.state.database
            opened = database.reading if request.method in _READS else database.transaction
            async with opened() as session:
                request.state.session = session
                return await handler(request)

        return transactional


async def session_of(request: Request) -> AsyncSession:
    """Return the session of the request's transaction."""
    session: AsyncSession = request.state.session
    return session


SessionDep = Annotated[AsyncSession, Depends(session_of)]
