"""One transaction per request, committed before the answer leaves."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Database
from shared.web.callers import identify, scopes_of
from shared.web.idempotency import Attempt, attempt_of

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_READS = frozenset({"GET", "HEAD", "OPTIONS"})


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def claims_itself(endpoint: Endpoint) -> Endpoint:
    """Leave the idempotency key of the request, `AttemptDep`, to the endpoint."""
    endpoint.claims_itself = True  # type: ignore[attr-defined]
    return endpoint


class TransactionalRoute(APIRoute):
    """A route whose whole work is one transaction: rows, events, audit, idempotency key.

    GET sees one read-only snapshot. Any exception, and any answer of 400 and above, rolls back
    before it leaves. The caller is known and the body is whole before the transaction begins, so
    that a slow client holds no connection. A plain dependency that yields would commit after the
    answer was sent.
    """

    def get_route_handler(self) -> Handler:
        """Wrap the handler in a transaction."""
        handler = super().get_route_handler()
        scopes = scopes_of(self)
        template = self.path
        is_claiming = getattr(self.endpoint, "claims_itself", False)

        async def transactional(request: Request) -> Response:
            if scopes:
                caller = await identify(request)
                for scope in scopes:  # before anything of the request is looked at
                    caller.demand(scope)
            database: Database = request.app.state.database
            if request.method in _READS:
                async with database.reading() as session:
                    request.state.session = session
                    return await handler(request)
            attempt = attempt_of(request, template, await request.body())
            async with database.transaction() as session:
                request.state.session = session
                request.state.attempt = attempt
                return await _write(request, session, handler, None if is_claiming else attempt)

        return transactional


async def _write(
    request: Request, session: AsyncSession, handler: Handler, attempt: Attempt | None
) -> Response:
    earlier = await attempt.begin(session) if attempt else None
    if earlier is not None:
        return earlier
    response = await handler(request)
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        await session.rollback()
    elif attempt is not None:
        await attempt.finish(session, response)
    return response


async def session_of(request: Request) -> AsyncSession:
    """Return the session of the request's transaction."""
    session: AsyncSession = request.state.session
    return session


SessionDep = Annotated[AsyncSession, Depends(session_of)]


async def attempt_at(request: Request) -> Attempt | None:
    """Return the attempt of a request that carries an idempotency key."""
    attempt: Attempt | None = request.state.attempt
    return attempt


AttemptDep = Annotated[Attempt | None, Depends(attempt_at)]
