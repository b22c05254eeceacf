"""RFC 9457: every error leaves as `application/problem+json`, 5xx without internals."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from shared.kernel.refusals import Refusal

TYPE_BASE = "https://shopfleet.dev/problems/"
MEDIA_TYPE = "application/problem+json"

_PLAIN = {
    400: ("malformed-body", "The body can't be read."),
    404: ("not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "This address does not take this method."),
    413: ("body-too-large", "The body is over the limit."),
}
# SQLSTATEs that pass by themselves: no connection, deadlock, lock not available, too many, stopping
_PASSING = ("08", "40001", "40P01", "53", "55P03", "57P", "25P03")

log = structlog.get_logger()


def problem(
    request: Request,
    status: int,
    kind: str,
    detail: str,
    *,
    errors: Sequence[dict[str, Any]] = (),
    **members: Any,
) -> JSONResponse:
    """Return a problem; `errors` are `{pointer, code, detail}`, `members` extend its top level.

    The member `retry_after_seconds` is sent as the header `Retry-After` too.
    """
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after_seconds" in members:
        headers["Retry-After"] = str(members["retry_after_seconds"])
    body: dict[str, Any] = {
        "type": TYPE_BASE + kind,
        "title": kind.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": f"urn:request:{getattr(request.state, 'request_id', 'unknown')}",
        **members,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def pointer_to(path: Iterable[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path of member names and indexes."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refusal):
        raise error
    members = dict(error.data)
    errors = members.pop("errors", [])
    if error.pointer is not None:
        errors = [{"pointer": error.pointer, "code": error.kind, "detail": error.detail}, *errors]
    elif error.parameter is not None:
        parameter = {"parameter": error.parameter, "code": error.kind, "detail": error.detail}
        errors = [parameter, *errors]
    return problem(request, error.status, error.kind, error.detail, errors=errors, **members)


def validation_errors(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Return pydantic's errors as `{pointer | parameter, code, detail}`, without the input."""
    errors = []
    for item in found:
        where, *path = item["loc"]
        place = (
            {"pointer": pointer_to(path)}
            if where == "body"
            else {"parameter": str(item["loc"][-1])}
        )
        errors.append({**place, "code": item["type"], "detail": item["msg"]})
    return errors


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return problem(request, 400, "malformed-json", "The body is not JSON.")
    if any(item["loc"][0] != "body" for item in found):
        detail = "A parameter is not valid."
        return problem(request, 400, "bad-parameter", detail, errors=validation_errors(found))
    return problem(
        request, 422, "invalid", "The body does not validate.", errors=validation_errors(found)
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    kind, detail = _PLAIN.get(error.status_code, (None, None))
    if kind is None:
        kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    answer = problem(request, error.status_code, kind, detail or str(error.detail))
    answer.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(_allowed(request))
    return answer


def _allowed(request: Request) -> list[str]:
    # the framework names the methods of the first route of this path only; RFC 9110 wants all
    found: set[str] = set()
    for router in request.app.state.routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.path_regex.match(request.url.path):
                found |= route.methods or set()
    return sorted(found)


def failure(request: Request, error: Exception) -> JSONResponse:
    """Return the problem of an error nobody expected, without internals, and log it."""
    if _is_passing(error):
        log.warning("request_unavailable", path=request.url.path, exc_info=error)
        detail = "The server can't do this now; repeat with the same Idempotency-Key."
        return problem(request, 503, "unavailable", detail, retry_after_seconds=1)
    log.error("request_failed", path=request.url.path, exc_info=error)
    detail = "The server failed; repeating with the same Idempotency-Key is safe."
    return problem(request, 500, "internal", detail)


def _is_passing(error: Exception) -> bool:
    if isinstance(error, TimeoutError | ConnectionError | PoolTimeoutError | InterfaceError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or code.startswith(_PASSING)


def add_problem_handlers(application: FastAPI) -> None:
    """Make every refusal of an application a problem; what is left goes to `failure`."""
    application.add_exception_handler(Refusal, _refused)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _http)
