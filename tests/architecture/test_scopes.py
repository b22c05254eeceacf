"""Every route of every service states its scope, and looks at whose stores it shows."""

import ast
import inspect
import json
import re
import textwrap

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from services.directory.roles import ROLES, SCOPES
from shared.contracts.catalogue import OWNERS
from shared.db.engine import Database
from shared.web.callers import scopes_of
from shared.web.dead_letters import dead_letters_router
from shared.web.feeds import feed_router
from shared.web.openapi import routes_in
from shared.web.transactional import TransactionalRoute
from shared.webhooks.routes import webhooks_router
from tests.architecture.deployment import declared_services
from tests.support.applications import application_of

PUBLIC = {"/livez", "/readyz", "/metrics", "/v1/jwks"}
"""What needs no credential: health, and the keys that verify tokens."""

OF_THE_COMPANY = {
    ("GET", "/v1/settings"),
    ("GET", "/v1/roles"),
    ("GET", "/v1/roles/{role}"),
    ("GET", "/v1/kpis/catalog"),
}
"""What belongs to no store: the catalogues of thresholds and figures, and the roles."""

OF_OPERATORS = ("/v1/feeds/", "/v1/dead-letters/")
"""What services and operators see of all stores; no role of the trade has these scopes."""


@pytest.fixture(scope="module")
def database() -> Database:
    return Database("postgresql://nobody@127.0.0.1:9/nowhere", name="unused")


def _applications(database: Database) -> dict[str, FastAPI]:
    return {
        name: application_of(name, database, [*_of_all(name), *service.routers])
        for name, service in declared_services().items()
    }


def _of_all(name: str) -> list[APIRouter]:
    """Return the routers that the runtime adds to those of a service."""
    owned = [feed_router(name), webhooks_router(name)] if name in OWNERS else []
    return [dead_letters_router(name), *owned]


def _routes(database: Database) -> list[tuple[str, APIRoute]]:
    return [
        (name, route)
        for name, application in _applications(database).items()
        for route in routes_in(application.state.routers)
    ]


def test_every_route_states_a_scope_that_a_role_or_a_key_can_have(database: Database) -> None:
    routes = _routes(database)

    assert len(routes) > 20
    for name, route in routes:
        scopes = scopes_of(route)
        assert bool(scopes) is (route.path not in PUBLIC), f"{name} {route.path}"
        assert set(scopes) <= SCOPES, f"{name} {route.path}"


def test_every_scope_is_held_by_some_role() -> None:
    held = {scope for role in ROLES for scope in role.scopes}

    assert SCOPES - held == {
        "roles:write",
        "feed:read",
        "figures:repair",
        "dead-letters:read",
        "dead-letters:write",
    }


def test_every_writing_route_is_one_transaction(database: Database) -> None:
    for name, route in _routes(database):
        if route.methods and route.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            assert isinstance(route, TransactionalRoute), f"{name} {route.path}"


def test_every_route_looks_at_the_caller(database: Database) -> None:
    for name, route in _routes(database):
        keys = {(method, route.path) for method in route.methods or ()}
        is_of_operators = route.path.startswith(OF_OPERATORS)
        if route.path in PUBLIC or keys <= OF_THE_COMPANY or is_of_operators:
            continue
        source = textwrap.dedent(inspect.getsource(route.endpoint))
        used = {
            node.id
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        assert "caller" in used, f"{name} {route.path} does not look at its caller"


def test_documents_of_all_services_are_whole(database: Database) -> None:
    for name, application in _applications(database).items():
        document = application.openapi()
        ids = [
            operation["operationId"]
            for path in document["paths"].values()
            for operation in path.values()
        ]
        assert len(ids) == len(set(ids)), name
        known = {f"#/components/schemas/{model}" for model in document["components"]["schemas"]}
        assert set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))) <= known, name
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                assert "x-scopes" in operation, f"{name} {method} {path}"
                problems = {status for status in operation["responses"] if status >= "400"}
                assert {"429", "500"} <= problems, f"{name} {method} {path}"
