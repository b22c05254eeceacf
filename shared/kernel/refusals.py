"""Refusals: what the rules of the shop forbid, as exceptions that carry data."""

from typing import Any, ClassVar


class Refusal(Exception):  # noqa: N818 - the base names the idea; its subclasses end in Error
    """A request that the rules forbid; the web layer turns it into an RFC 9457 problem.

    `kind` names the problem type (stable, documented in docs/problems.md), `status` is the HTTP
    status, `pointer` a JSON Pointer into the request body where one field is to blame, `parameter`
    the query parameter that is, `data` extension members of the problem. The message is shown to
    the caller.
    """

    kind: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        parameter: str | None = None,
        **data: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.parameter = parameter
        self.data = data


class InvalidError(Refusal):
    """The body is well-formed but breaks a rule that needs no stored state."""

    kind = "invalid"
    status = 422


class NotFoundError(Refusal):
    """What was asked for is not there, or is not the caller's to see."""

    kind = "not-found"
    status = 404


class ForbiddenError(Refusal):
    """The caller lacks the scope or the store."""

    kind = "forbidden"
    status = 403


class ConflictError(Refusal):
    """The stored state does not allow this."""

    kind = "conflict"
    status = 409
