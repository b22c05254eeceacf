"""RFC 9457: every error leaves as `application/problem+json`, 5xx without internals."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from shared.kernel.refusals import Refusal

TYPE_BASE = "https://shopfleet.dev/problems/"
MEDIA_TYPE = "application/problem+json"

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
    """Return a problem; `errors` are `{pointer, code, detail}`, `members` extend its top level."""
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
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def pointer_to(path: Iterable[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path of member names and indexes."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, Refusal):
        raise error
    errors = []
    if error.pointer is not None:
        errors = [{"pointer": error.pointer, "code": error.kind, "detail": error.detail}]
    return problem(request, error.status, error.kind, error.detail, errors=errors, **error.data)


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
    kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    answer = problem(request, error.status_code, kind, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _failed(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", path=request.url.path, exc_info=error)
    return problem(request, 500, "internal", "The server failed; nothing was changed.")


def add_problem_handlers(application: FastAPI) -> None:
    """Make every error of an application a problem."""
    application.add_exception_handler(Refusal, _refused)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _http)
    application.add_exception_handler(Exception, _failed)
