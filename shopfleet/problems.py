"""What the API can refuse, as typed errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

MEDIA_TYPE = "application/problem+json"


class ShopfleetError(Exception):
    """Anything the client raises."""


class UnreachableError(ShopfleetError):
    """No answer, also after the retries.

    Whether the last try was carried out is not known; sending the same call again is safe, because
    it carries the same idempotency key.
    """


class UnexpectedAnswerError(ShopfleetError):
    """An answer that is not what the API promises, such as a proxy's page."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with a request; `pointer` is a JSON Pointer or a parameter's name."""

    pointer: str
    code: str
    detail: str


class ProblemError(ShopfleetError):
    """The API refused (RFC 9457).

    `type` is the problem's URI and `kind` its last word (`total-mismatch`); `request_id` finds the
    request in the logs; `members` holds what the problem says beyond the standard members.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], request_id: str) -> None:
        self.status = status
        self.type = str(problem.get("type", "about:blank"))
        self.kind = self.type.rstrip("/").rsplit("/", 1)[-1]
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors = _field_errors(problem.get("errors"))
        self.request_id = request_id
        known = {"type", "title", "status", "detail", "instance", "errors"}
        self.members = {name: value for name, value in problem.items() if name not in known}
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        wrong = "; ".join(f"{error.pointer}: {error.detail}" for error in self.errors[:3])
        told = self.detail if not wrong else f"{self.detail} ({wrong})"
        return f"{self.status} {self.kind}: {told} [request {self.request_id}]"


class BadRequestError(ProblemError):
    """The request itself is malformed: JSON, a parameter, a cursor."""


class UnauthenticatedError(ProblemError):
    """No credential, or one that is unknown, expired or revoked."""


class ForbiddenError(ProblemError):
    """The credential lacks the scope, or the store is not among its stores."""


class NotFoundError(ProblemError):
    """There is no such thing, or not for this caller."""


class ConflictError(ProblemError):
    """It contradicts what is stored: another content, a newer version, a state that forbids it."""


class InvalidError(ProblemError):
    """The body does not validate; `errors` say where."""


class TooManyRequestsError(ProblemError):
    """The rate limit, also after waiting as long as the policy allows."""


class ServerFailedError(ProblemError):
    """The server failed; nothing was changed."""


_BY_STATUS: Mapping[int, type[ProblemError]] = {
    400: BadRequestError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: ConflictError,
    422: InvalidError,
    429: TooManyRequestsError,
}


def error_of(response: httpx.Response) -> ProblemError:
    """Return the error of a refused response, typed by what kind of refusal it is."""
    found = _BY_STATUS.get(response.status_code, ProblemError)
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        found = ServerFailedError
    problem = _body_of(response)
    request_id = response.headers.get("X-Request-Id") or str(problem.get("instance", "unknown"))
    return found(response.status_code, problem, request_id.removeprefix("urn:request:"))


def _body_of(response: httpx.Response) -> Mapping[str, Any]:
    if response.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
        try:
            body = response.json()
        except ValueError:
            body = None
        if isinstance(body, dict):
            return body
    return {"detail": f"{response.reason_phrase}, without a problem document."}


def _field_errors(found: object) -> tuple[FieldError, ...]:
    if not isinstance(found, Sequence) or isinstance(found, str):
        return ()
    return tuple(
        FieldError(
            pointer=str(item.get("pointer") or item.get("parameter") or ""),
            code=str(item.get("code", "")),
            detail=str(item.get("detail", "")),
        )
        for item in found
        if isinstance(item, Mapping)
    )
