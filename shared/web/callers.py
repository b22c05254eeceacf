"""Who calls, what they may do, and for which stores: asked in one place."""

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer

from shared.kernel.refusals import ForbiddenError, Refusal


@dataclass(frozen=True, slots=True)
class Caller:
    """A person or an integration; `stores` None means all of them.

    `name` is the staff number or the API key's id: it is who the audit trail names.
    """

    name: str
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()
    stores: frozenset[str] | None = None

    def may(self, scope: str) -> bool:
        """Say whether the caller holds a scope; `admin` holds all."""
        return scope in self.scopes or "admin" in self.scopes

    def may_see(self, store_id: str) -> bool:
        """Say whether a store is the caller's."""
        return self.stores is None or store_id in self.stores

    def demand(self, scope: str) -> None:
        """Raise `ScopeMissingError` unless the caller holds the scope."""
        if not self.may(scope):
            raise ScopeMissingError(f"This needs the scope {scope}.", scope=scope)

    def limit(self, wanted: Iterable[str] | None) -> list[str] | None:
        """Return the stores a query is limited to, None for all; refuses one that is not theirs.

        Raises `StoreForbiddenError`.
        """
        if wanted is None:
            return None if self.stores is None else sorted(self.stores)
        chosen = sorted(set(wanted))
        for store_id in chosen:
            self.demand_store(store_id)
        return chosen

    def demand_store(self, store_id: str) -> None:
        """Raise `StoreForbiddenError` unless the store is the caller's."""
        if not self.may_see(store_id):
            raise StoreForbiddenError(
                f"Store {store_id} is not among your stores.", store_id=store_id
            )


class StoreForbiddenError(ForbiddenError):
    """The caller has no right to this store."""

    kind = "store-forbidden"


class ScopeMissingError(ForbiddenError):
    """The caller lacks the route's scope."""

    kind = "scope-missing"


class UnauthenticatedError(Refusal):
    """No credential, or one that is unknown, expired or revoked."""

    kind = "unauthenticated"
    status = 401


class Authenticator(Protocol):
    """Turns a credential into a caller."""

    async def authenticate(self, credential: str) -> Caller:
        """Return the caller; raises `UnauthenticatedError`.

        It reads in a short transaction of its own, before that of the request is opened: a request
        that held one connection and waited for another could starve the pool.
        """


_bearer = HTTPBearer(
    scheme_name="bearer",
    auto_error=False,
    description="An issued token or an API key, as `Authorization: Bearer …`",
)


async def identify(request: Request) -> Caller:
    """Return who sent the request, authenticated once; raises `UnauthenticatedError`."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise UnauthenticatedError("Send `Authorization: Bearer` with a token or an API key.")
    authenticator: Authenticator = request.app.state.authenticator
    caller = await authenticator.authenticate(credential.strip())
    request.state.caller = caller
    return caller


async def caller_of(request: Request, _: Annotated[Any, Security(_bearer)]) -> Caller:
    """Authenticate the request once; raises `UnauthenticatedError`."""
    return await identify(request)


def require(scope: str) -> Callable[[Caller], Coroutine[Any, Any, Caller]]:
    """Return the dependency of a route that demands a scope, and answers the caller.

    Use as `caller: Annotated[Caller, Security(require("orders:write"))]`.
    """

    async def demand(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        caller.demand(scope)
        return caller

    demand.scope = scope  # type: ignore[attr-defined]
    return demand


def scopes_of(route: APIRoute) -> list[str]:
    """Return the scopes a route demands, none for a public one."""
    waiting, scopes = [route.dependant], set()
    while waiting:
        dependant = waiting.pop()
        scope = getattr(dependant.call, "scope", None)
        if isinstance(scope, str):
            scopes.add(scope)
        waiting.extend(dependant.dependencies)
    return sorted(scopes)
