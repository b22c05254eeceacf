"""Builds the HTTP application of a service: what all of them have, around their routes."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from shared.crypto import PersonalData, Sealer, parse_key
from shared.db.engine import Database
from shared.settings import ServiceSettings
from shared.web import health
from shared.web.audit import audit_router
from shared.web.body_limit import BodyLimit
from shared.web.callers import Authenticator
from shared.web.openapi import describe
from shared.web.problems import add_problem_handlers
from shared.web.rate_limits import RateLimits
from shared.web.request_context import RequestContext

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build_application(  # noqa: PLR0913 - the wiring of a service, named at its one call
    service_name: str,
    *,
    routers: Sequence[APIRouter],
    database: Database,
    authenticator: Authenticator,
    settings: ServiceSettings,
    board: bool = False,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Return the application of a service.

    `app.state` holds database, authenticator, settings, personal (None without a key), sealer,
    board, and checks: what `/readyz` asks, by name, to which the roles add theirs. Routers carry
    their whole paths; they are included without a prefix.
    """
    mine = (health.router, audit_router(service_name), *routers)
    application = FastAPI(
        title=f"Shopfleet {service_name}",
        version=_version(),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
        middleware=[
            Middleware(RequestContext),
            Middleware(RateLimits, limit=settings.rate_limit),
            Middleware(BodyLimit, limit=settings.body_limit),
        ],
    )
    state = application.state
    state.service_name = service_name
    state.database = database
    state.authenticator = authenticator
    state.settings = settings
    state.board = board
    state.routers = mine
    state.checks = {"database": health.database_check(database)}
    state.sealer = Sealer(settings.internal_secret.get_secret_value().encode(), "answers")
    pii_key = settings.pii_key.get_secret_value()
    state.personal = PersonalData(parse_key(pii_key)) if pii_key else None
    add_problem_handlers(application)
    for router in mine:
        application.include_router(router)
    describe(application, mine)
    return application


def _operation_id(route: APIRoute) -> str:
    return route.name


def _version() -> str:
    try:
        return version("shopfleet")
    except PackageNotFoundError:
        return "0"
