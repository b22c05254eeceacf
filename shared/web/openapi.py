"""The OpenAPI 3.1 document: every operation states its scope and its problem answers."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, APIRouter

from shared.web.callers import scopes_of
from shared.web.idempotency import HEADER
from shared.web.problems import MEDIA_TYPE

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_MEANINGS = {
    "400": "malformed JSON or a bad parameter",
    "401": "no credential, or one that is unknown, expired or revoked",
    "403": "a scope or a store that is not the caller's",
    "404": "not there, or not the caller's to see",
    "409": "the stored state does not allow it, or the idempotency key is busy",
    "412": "If-Match names another version",
    "413": "the body is over the limit",
    "422": "the body does not validate, or the idempotency key was used otherwise",
    "428": "If-Match is missing",
    "429": "too many requests",
    "500": "the server failed",
    "503": "the server can't do this now",
}
_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457. `errors` point at what is wrong; other members depend on the type.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Makes a repetition safe: the first answer is kept 48 h and given again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def routes_in(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    """Yield the HTTP routes of routers that are included without a prefix."""
    for router in routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def describe(application: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Make the application answer its OpenAPI document with scopes and problems in it."""
    routes = list(routes_in(routers))

    def document() -> dict[str, Any]:
        if application.openapi_schema is None:
            found = get_openapi(
                title=application.title,
                version=application.version,
                openapi_version="3.1.0",
                routes=application.routes,
            )
            for route in routes:
                _complete(found, route)
            schemas = found.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = _PROBLEM
            application.openapi_schema = found
        return application.openapi_schema

    application.openapi = document  # type: ignore[method-assign]


def _complete(document: dict[str, Any], route: APIRoute) -> None:
    scopes = scopes_of(route)
    for method in sorted(route.methods or ()):
        operation = document["paths"].get(route.path, {}).get(method.lower())
        if operation is None:
            continue
        operation["x-scopes"] = scopes
        if scopes:
            named = ", ".join(f"`{scope}`" for scope in scopes)
            operation["description"] = f"{operation.get('description', '')}\n\nScope: {named}."
        if method in _WRITES:
            operation.setdefault("parameters", []).append(_KEY_PARAMETER)
        for status in _problems_of(operation, method, is_public=not scopes):
            operation["responses"][status] = {
                "description": f"Problem: {_MEANINGS[status]}.",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }


def _problems_of(operation: dict[str, Any], method: str, *, is_public: bool) -> list[str]:
    parameters = operation.get("parameters", [])
    places = {parameter["in"] for parameter in parameters}
    statuses = {"429", "500", "503"}
    if not is_public:
        statuses |= {"401", "403"}
    if places & {"query", "header"}:
        statuses.add("400")
    if "path" in places:
        statuses |= {"400", "404"}
    if method in _WRITES:
        statuses |= {"400", "409", "413", "422"}
    else:
        operation["responses"].pop("422", None)
    if any(parameter["name"].lower() == "if-match" for parameter in parameters):
        statuses |= {"412", "428"}
    return sorted(statuses)
